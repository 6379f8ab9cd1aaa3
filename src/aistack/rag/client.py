"""The typed client of the rag service, for other services and the CLI."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from aistack.chassis.errors import TYPE_PREFIX, GatewayFailed, Problem
from aistack.chassis.outgoing_http import GatewayClient
from aistack.rag.file_wire import FileHash, FileState
from aistack.rag.intake_wire import JobView
from aistack.rag.wire import (
    Answer,
    AnswerRequest,
    Citation,
    CollectionView,
    DocumentList,
    SearchAnswer,
    SearchRequest,
    Sentence,
)

POLL_SECONDS = 0.2
PARTS: dict[str, type[Citation] | type[Sentence]] = {"citation": Citation, "sentence": Sentence}


class RagClient(GatewayClient):
    """Calls the service through the gateway. Failures raise Problem."""

    async def collections(self) -> list[CollectionView]:
        return [CollectionView.model_validate(one) for one in await self.call("GET", "/v1/rag/collections")]

    async def upload(self, paths: Mapping[str, Path], collection: str = "default", encoding: str = "") -> JobView:
        """Uploads files by the names of their documents. Wait for the job with `finished`.

        `encoding` is that of text files, empty to have it detected. Raises OSError for a file that cannot be read.
        """
        with ExitStack() as opened:
            files = [("files", (name, opened.enter_context(path.open("rb")))) for name, path in paths.items()]
            parts = {"files": files} | ({"data": {"encoding": encoding}} if encoding else {})
            answer = await self.call("POST", f"/v1/rag/collections/{collection}/documents", **parts)
        return JobView.model_validate(answer)

    async def file_states(self, files: Sequence[FileHash], collection: str = "default") -> list[FileState]:
        """What the collection has of each file, at most FILE_HASHES_MAX."""
        body = {"files": [one.model_dump() for one in files]}
        answer = await self.call("POST", f"/v1/rag/collections/{collection}/documents/states", json=body)
        return [FileState.model_validate(one) for one in answer]

    async def delete_document(self, document_id: str, collection: str = "default") -> None:
        await self.call("DELETE", f"/v1/rag/collections/{collection}/documents/{document_id}")

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

    async def documents(self, collection: str = "default", limit: int = 100) -> DocumentList:
        answer = await self.call("GET", f"/v1/rag/collections/{collection}/documents", params={"limit": limit})
        return DocumentList.model_validate(answer)

    async def search(
        self, query: str, collection: str = "default", top_k: int = 10, headers: dict[str, str] | None = None
    ) -> SearchAnswer:
        """Searches a collection. A service adds the `headers` with which it calls on its caller's behalf."""
        body = {"query": query, "collection": collection, "top_k": top_k}
        return SearchAnswer.model_validate(await self.call("POST", "/v1/rag/search", json=body, headers=headers))

    async def find(self, request: SearchRequest) -> SearchAnswer:
        """As `search`, with all options."""
        body = request.model_dump(exclude_unset=True)
        return SearchAnswer.model_validate(await self.call("POST", "/v1/rag/search", json=body))

    async def answer(self, question: str, collection: str = "default") -> Answer:
        body = {"question": question, "collection": collection}
        return Answer.model_validate(await self.call("POST", "/v1/rag/answer", json=body))

    async def full_answer(self, request: AnswerRequest) -> Answer:
        """As `answer`, with all options."""
        body = request.model_dump(exclude_unset=True)
        return Answer.model_validate(await self.call("POST", "/v1/rag/answer", json=body))

    async def answer_parts(self, request: AnswerRequest) -> AsyncGenerator[Citation | Sentence | Answer]:
        """The sentences of an answer as they are found, after the citations that are new in each, then the answer.

        The last one has neither sentences nor citations. Raises Problem, also when the service fails in between.
        """
        body = request.model_dump(exclude_unset=True) | {"stream": True}
        is_complete = False
        async for name, data in self.events("POST", "/v1/rag/answer", json=body):
            if name == "error":
                problem = json.loads(data)
                raise Problem(
                    problem["detail"], code=problem["type"].removeprefix(TYPE_PREFIX), status=problem["status"]
                )
            if name == "done":
                is_complete = True
                yield Answer.model_validate({"sentences": [], "citations": []} | json.loads(data))
            elif name in PARTS:
                yield PARTS[name].model_validate_json(data)
        if not is_complete:
            raise GatewayFailed("the answer was cut off; ask again")
