"""Fetches documents from the web."""

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx
from python_multipart.multipart import parse_options_header

from aistack import __version__
from aistack.chassis.web.public_web import FetchFailed, PublicWeb
from aistack.rag.intake.uploads import StagedFile

NOT_MODIFIED = 304
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/json": ".json",
    "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, and the validators for the next conditional request."""

    staged: StagedFile
    etag: str
    last_modified: str


class Fetcher:
    """Fetches to files in `staging`. `allow_private` permits loopback and private addresses."""

    def __init__(self, staging: Path, bytes_max: int, *, allow_private: bool) -> None:
        self._staging = staging
        self._bytes_max = bytes_max
        self._web = PublicWeb("RAG_FETCH_PRIVATE", allow_private=allow_private)

    async def fetch(self, url: str, etag: str = "", last_modified: str = "") -> Fetched | None:
        """The document, named by its URL, or None if it has not changed since `etag` or `last_modified`.

        Raises FetchFailed, or InvalidInput if the URL is invalid.
        """
        headers = {"user-agent": f"ai-stack/{__version__}", "accept": "*/*"}
        if etag:
            headers["if-none-match"] = etag
        if last_modified:
            headers["if-modified-since"] = last_modified
        async with self._web.get(url, headers) as (response, _):
            if response.status_code == NOT_MODIFIED:
                return None
            if not response.is_success:
                raise FetchFailed(f"{url} answered with status {response.status_code}")
            return await self._saved(url, response)

    async def _saved(self, url: str, response: httpx.Response) -> Fetched:
        content_type = response.headers.get("content-type", "").encode("latin-1", "replace")
        given, options = parse_options_header(content_type)
        kind = given.decode("latin-1").strip().lower()
        suffix = PurePosixPath(urlsplit(url).path.lower()).suffix
        if kind != "text/plain" or not suffix:  # servers send source code and data as plain text too
            suffix = SUFFIXES.get(kind, suffix)
        staged = StagedFile(url, self._staging / uuid.uuid4().hex, suffix=suffix)
        staged.declare(options.get(b"charset", b"").decode("latin-1"))
        digest = hashlib.sha256()
        try:
            with staged.path.open("xb") as file:
                async for part in response.aiter_bytes():
                    staged.bytes += len(part)
                    if staged.bytes > self._bytes_max:
                        raise FetchFailed(f"{url} is larger than {self._bytes_max} bytes")
                    digest.update(part)
                    file.write(part)
        except BaseException:
            staged.discard()
            raise
        staged.sha256 = digest.hexdigest()
        return Fetched(staged, response.headers.get("etag", ""), response.headers.get("last-modified", ""))
