"""The files of documents, in the file store under their SHA-256. Documents of equal bytes share one."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from aistack.rag.contents import lock_files, unused_files
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

    async def exists(self, sha256: str) -> bool:
        return await self._files.exists(_key(sha256))

    @asynccontextmanager
    async def stored(self, staged: Sequence[StagedFile]) -> AsyncGenerator[None]:
        """Stores the files, and keeps them until the block has ended; it enqueues them."""
        sha256s = [one.sha256 for one in staged]
        async with self._lock:
            self._arriving.update(sha256s)
        try:
            await self._put(staged)
            yield
        finally:
            self._arriving.subtract(sha256s)
            self._arriving += Counter()

    async def put_missing(self, staged: Sequence[StagedFile]) -> None:
        """Stores those files again that another instance has deleted since. The caller holds `lock_files`."""
        if self._records.embedded:
            return
        slots = asyncio.Semaphore(PUTS_AT_ONCE)

        async def is_missing(one: StagedFile) -> bool:
            async with slots:
                return not await self._files.exists(_key(one.sha256))

        missing = await asyncio.gather(*map(is_missing, staged))
        await self._put([one for one, gone in zip(staged, missing, strict=True) if gone])

    async def _put(self, staged: Sequence[StagedFile]) -> None:
        slots = asyncio.Semaphore(PUTS_AT_ONCE)

        async def put(one: StagedFile) -> None:
            async with slots:
                await self._files.put(_key(one.sha256), one.path)

        await asyncio.gather(*map(put, staged))

    async def delete_unused(self, sha256s: Iterable[str]) -> None:
        """Deletes those files that nothing needs."""
        async with self._lock:
            for sha256 in dict.fromkeys(sha256s):
                if not sha256 or sha256 in self._arriving:
                    continue
                async with self._records.write() as connection:
                    await lock_files(connection, shared=False)
                    if await unused_files(connection, [sha256]):
                        await self._files.delete(_key(sha256))


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
