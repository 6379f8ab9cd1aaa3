"""The files of documents, in the file store under their SHA-256. Documents of equal bytes share one."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from aistack.rag.contents import unused_files
from aistack.rag.intake.uploads import StagedFile
from aistack.stores.files import FileStore
from aistack.stores.records import Records

PUTS_AT_ONCE = 8


class ContentFiles:
    """Keeps a file as long as a document or a waiting job item needs it."""

    def __init__(self, files: FileStore, records: Records) -> None:
        self._files = files
        self._records = records
        self._arriving: Counter[str] = Counter()  # stored, but not enqueued yet
        self._lock = asyncio.Lock()

    def local(self, sha256: str) -> AbstractAsyncContextManager[Path]:
        """A local path with the file while the block runs. Raises FileNotFoundError."""
        return self._files.local(_key(sha256))

    @asynccontextmanager
    async def stored(self, staged: Sequence[StagedFile]) -> AsyncGenerator[None]:
        """Stores the files, and keeps them until the block has ended; it enqueues them."""
        sha256s = [one.sha256 for one in staged]
        async with self._lock:
            self._arriving.update(sha256s)
        try:
            slots = asyncio.Semaphore(PUTS_AT_ONCE)

            async def put(one: StagedFile) -> None:
                async with slots:
                    await self._files.put(_key(one.sha256), one.path)

            await asyncio.gather(*map(put, staged))
            yield
        finally:
            self._arriving.subtract(sha256s)
            self._arriving += Counter()

    async def delete_unused(self, sha256s: Iterable[str]) -> None:
        """Deletes those files that nothing needs."""
        async with self._lock:
            for sha256 in dict.fromkeys(sha256s):
                if not sha256 or sha256 in self._arriving:
                    continue
                async with self._records.read() as connection:
                    unused = await unused_files(connection, [sha256])
                if unused:
                    await self._files.delete(_key(sha256))


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
