"""The typed client of the rag service, for other services and the CLI."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from aistack.chassis.outgoing_http import GatewayClient
from aistack.rag.wire import Answer, CollectionView, DocumentList, JobView, SearchAnswer

POLL_SECONDS = 0.2


class RagClient(GatewayClient):
    """Calls the service through the gateway. Failures raise Problem."""

    async def collections(self) -> list[CollectionView]:
        return [CollectionView.model_validate(one) for one in await self.call("GET", "/v1/rag/collections")]

    async def upload(self, paths: Mapping[str, Path], collection: str = "default") -> JobView:
        """Uploads files by the names of their documents. Wait for the job with `finished`."""
        files = [("files", (name, path.read_bytes())) for name, path in paths.items()]
        answer = await self.call("POST", f"/v1/rag/collections/{collection}/documents", files=files)
        return JobView.model_validate(answer)

    async def job(self, job_id: str) -> JobView:
        return JobView.model_validate(await self.call("GET", f"/v1/rag/jobs/{job_id}"))

    async def finished(self, job_id: str, seconds_max: float = 600.0) -> JobView:
        """Waits until the job is done. Raises TimeoutError after `seconds_max`."""
        deadline = time.monotonic() + seconds_max
        while True:
            job = await self.job(job_id)
            if job.state == "done":
                return job
            if time.monotonic() > deadline:
                raise TimeoutError(f"job {job_id} is not done after {seconds_max:g} s")
            await asyncio.sleep(POLL_SECONDS)

    async def documents(self, collection: str = "default") -> DocumentList:
        answer = await self.call("GET", f"/v1/rag/collections/{collection}/documents")
        return DocumentList.model_validate(answer)

    async def search(
        self, query: str, collection: str = "default", top_k: int = 10, headers: dict[str, str] | None = None
    ) -> SearchAnswer:
        """Searches a collection. A service adds the `headers` with which it calls on its caller's behalf."""
        body = {"query": query, "collection": collection, "top_k": top_k}
        return SearchAnswer.model_validate(await self.call("POST", "/v1/rag/search", json=body, headers=headers))

    async def answer(self, question: str, collection: str = "default") -> Answer:
        body = {"question": question, "collection": collection}
        return Answer.model_validate(await self.call("POST", "/v1/rag/answer", json=body))
