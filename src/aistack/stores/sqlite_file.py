"""A SQLite file beside the records: one thread writes, a few read, each over its own connection."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

READERS = 2
BUSY_SECONDS = 30
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-8192")


class SqliteFile:
    """`write` and `read` run a call on the right thread, where it uses `connection` and `transaction`.

    `schema` is executed on every new connection.
    """

    def __init__(self, path: Path, name: str, schema: str = "", pragmas: Sequence[str] = ()) -> None:
        self.path = path
        self._schema = schema
        self._pragmas = (*PRAGMAS, *pragmas)
        self._writer = ThreadPoolExecutor(1, f"{name}-write")
        self._readers = ThreadPoolExecutor(READERS, f"{name}-read")
        self._local = threading.local()

    async def write(
        self, call: Callable[Arguments, Result], *given: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._writer, lambda: call(*given, **named))

    async def read(
        self, call: Callable[Arguments, Result], *given: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._readers, lambda: call(*given, **named))

    def write_later(
        self, call: Callable[Arguments, Result], *given: Arguments.args, **named: Arguments.kwargs
    ) -> Future[Result]:
        """Queues a write from another thread, without waiting for it."""
        return self._writer.submit(call, *given, **named)

    async def close(self) -> None:
        for pool in (self._writer, self._readers):
            await asyncio.to_thread(pool.shutdown, wait=True)

    def connection(self) -> sqlite3.Connection:
        """The connection of the current thread."""
        held: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if held is None:
            held = self._local.connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            for pragma in self._pragmas:
                held.execute(f"PRAGMA {pragma}")
            held.executescript(self._schema)
        return held

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Commits when the block ends, rolls back when it raises."""
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def remove(self) -> None:
        """Deletes the file. Only while no other thread has it open."""
        self._local.connection.close()
        del self._local.connection
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
