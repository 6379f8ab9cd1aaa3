"""Vectors in a ChromaDB server, over its HTTP API (v2). A space is a collection there.

Its own client package would add a tracing stack and more than a second of import time for these seven calls.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from aistack.stores.vectors import FILTER_STEPS, NARROW_MAX, Found, VectorsFailed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_PORT = 8000
SECONDS_MAX = 60.0
IDS_PER_CALL = 5_000
ADDED_PER_CALL = 500
NOT_FOUND = 404


class ChromaVectors:
    """`url` is `chroma://[TOKEN@]HOST[:PORT]`, with `chroma+https://` for TLS."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.hostname:
            raise VectorsFailed("vectors: the address of the ChromaDB server is missing; write chroma://HOST:PORT")
        scheme = "https" if parts.scheme.endswith("https") else "http"
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._where = f"{scheme}://{host}:{parts.port or DEFAULT_PORT}"
        headers = {"x-chroma-token": parts.username} if parts.username else {}
        base = f"{self._where}/api/v2/tenants/default_tenant/databases/default_database"
        self._http = httpx.AsyncClient(base_url=base, headers=headers, timeout=SECONDS_MAX, trust_env=False)
        self._known: dict[str, str] = {}

    async def add(self, space: str, ids: Sequence[int], vectors: "NDArray[np.float32]") -> None:
        if not len(ids):
            return
        configuration = {"hnsw": {"space": "cosine"}}
        body = {"name": space, "get_or_create": True, "configuration": configuration}
        self._known[space] = (await self._call("POST", "/collections", body))["id"]
        for at in range(0, len(ids), ADDED_PER_CALL):
            part = slice(at, at + ADDED_PER_CALL)
            rows = {"ids": [str(one) for one in ids[part]], "embeddings": vectors[part].tolist()}
            await self._on(space, "upsert", rows)

    async def remove(self, space: str, ids: Iterable[int]) -> None:
        names = [str(one) for one in ids]
        for at in range(0, len(names), IDS_PER_CALL):
            await self._on(space, "delete", {"ids": names[at : at + IDS_PER_CALL]})

    async def search(
        self, space: str, vector: "NDArray[np.float32]", limit: int, among: Sequence[int] | None = None
    ) -> Found:
        if limit < 1 or (among is not None and not len(among)):
            return []
        if among is None:
            return await self._nearest(space, vector, limit)
        if len(among) <= NARROW_MAX:  # the server fails when an id does not exist
            there = await self._on(space, "get", {"ids": [str(one) for one in among], "include": []})
            return await self._nearest(space, vector, limit, there["ids"]) if there and there["ids"] else []
        wanted = set(among)
        hits: Found = []
        for step in FILTER_STEPS:
            found = await self._nearest(space, vector, limit * step)
            hits = [hit for hit in found if hit[0] in wanted]
            if len(hits) >= limit or len(found) < limit * step:
                break
        return hits[:limit]

    async def ids(self, space: str) -> set[int]:
        return {one async for one in self._each_id(space)}

    async def spaces(self) -> set[str]:
        return {one["name"] for one in await self._call("GET", "/collections")}

    async def drop(self, space: str) -> None:
        self._known.pop(space, None)
        await self._call("DELETE", f"/collections/{space}", missing=None)

    async def close(self) -> None:
        await self._http.aclose()

    async def _nearest(
        self, space: str, vector: "NDArray[np.float32]", limit: int, ids: list[str] | None = None
    ) -> Found:
        body: dict[str, Any] = {"query_embeddings": [vector.tolist()], "n_results": limit, "include": ["distances"]}
        if ids is not None:
            body["ids"] = ids
        found = await self._on(space, "query", body)
        if found is None:
            return []
        return [(int(one), 1.0 - far) for one, far in zip(found["ids"][0], found["distances"][0], strict=True)]

    async def _each_id(self, space: str) -> AsyncIterator[int]:
        offset = 0
        while True:
            body: dict[str, Any] = {"limit": IDS_PER_CALL, "offset": offset, "include": []}
            answer = await self._on(space, "get", body)
            found: list[str] = answer["ids"] if answer else []
            for one in found:
                yield int(one)
            if len(found) < IDS_PER_CALL:
                return
            offset += len(found)

    async def _on(self, space: str, what: str, body: dict[str, Any]) -> Any:
        """The response to a call on a space; None when the space does not exist."""
        number = self._known.get(space)
        if number is None:
            found = await self._call("GET", f"/collections/{space}", missing=None)
            if found is None:
                return None
            number = self._known[space] = found["id"]
        answer = await self._call("POST", f"/collections/{number}/{what}", body, missing=None)
        if answer is None:
            self._known.pop(space, None)
        return answer

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None, **missing: None) -> Any:
        """The decoded response. Raises VectorsFailed; with `missing`, a 404 returns None."""
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise VectorsFailed(
                f"ChromaDB at {self._where} did not answer ({type(error).__name__}: {error}); is it running?"
            ) from error
        if answer.status_code == NOT_FOUND and missing:
            return None
        if not answer.is_success:
            raise VectorsFailed(f"ChromaDB at {self._where} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else {}
