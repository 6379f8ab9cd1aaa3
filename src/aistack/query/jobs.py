"""Long queries as jobs: kept in the records, run one by one on leases, their results files until they expire.

A job reads only, so one whose service died over it is simply run again.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update

from aistack.chassis.errors import Conflict, InvalidInput, NotFound, Problem, Unavailable
from aistack.chassis.identity import Principal
from aistack.chassis.runtime.tasks import Unbroken
from aistack.chassis.telemetry.logs import get_log
from aistack.databases.session import DatabaseFailed
from aistack.query.execution.result_formats import written
from aistack.query.execution.runner import Runner, Wanted, limits_of
from aistack.query.settings import QuerySettings
from aistack.query.tables import Job
from aistack.query.wire import QueryRequest
from aistack.stores.files import FileStore
from aistack.stores.records import AnyRow, Records

OPEN = ("queued", "running")
LOOK_SECONDS = 2.0
FAILURE_PAUSE_SECONDS = 1.0
PIECE_BYTES = 1 << 18
COUNT_OPEN = select(func.count()).select_from(Job).where(Job.state.in_(OPEN))


class Jobs:
    """Works through the waiting jobs until closed."""

    def __init__(
        self, records: Records, files: FileStore, runner: Runner, settings: QuerySettings, scratch: Path
    ) -> None:
        self._records = records
        self._files = files
        self._runner = runner
        self._settings = settings
        self._scratch = scratch
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._unbroken = Unbroken()

    async def start(self) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._scratch.iterdir():
            left.unlink()
        if self._records.embedded:
            await self._release_own()
        self._tasks = [
            asyncio.create_task(self._keep_working(), name=f"jobs:{number}")
            for number in range(self._settings.jobs_at_once)
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
            await self._unbroken.ended()
            await self._release_own()

    async def open(self, request: QueryRequest, who: Principal) -> AnyRow:
        """Raises Problem when the statement may not run, or too many wait."""
        limits_of(request, self._settings)
        _, checked, _, _ = await self._runner.checked(request, who)
        if checked.writes:
            raise InvalidInput("a job only reads; run a statement that writes at once, and look at what it changes")
        values = {
            "id": uuid.uuid4().hex, "owner": who.id, "principal": asdict(who), "request": request.model_dump(),
            "instance": "", "state": "queued", "error": "", "rows": 0, "bytes": 0, "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with self._records.write() as connection:
            if (await connection.scalar(COUNT_OPEN) or 0) >= self._settings.jobs_waiting_max:
                raise Unavailable(f"{self._settings.jobs_waiting_max} jobs wait already; try again later")
            row = (await connection.execute(insert(Job).values(**values).returning(Job))).one()
        self._work.set()
        return row

    async def of(self, who: Principal, limit: int) -> Sequence[AnyRow]:
        """One's own, the newest first; an administrator sees all."""
        query = select(Job).order_by(Job.created_at.desc()).limit(limit)
        if not who.is_administrator:
            query = query.where(Job.owner == who.id)
        async with self._records.read() as connection:
            return (await connection.execute(query)).all()

    async def one(self, job_id: str, who: Principal) -> AnyRow:
        """Raises NotFound."""
        async with self._records.read() as connection:
            row = (await connection.execute(select(Job).where(Job.id == job_id))).one_or_none()
        if row is None or (row.owner != who.id and not who.is_administrator):
            raise NotFound(f"there is no job {job_id}")
        return row

    async def remove(self, job_id: str, who: Principal) -> None:
        """Stops it where it runs; its result goes, too. Raises NotFound."""
        row = await self.one(job_id, who)
        task = self._running.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        async with self._records.write() as connection:
            await connection.execute(delete(Job).where(Job.id == row.id))
        await self._files.delete(_key(row))

    async def result(self, row: AnyRow) -> AsyncIterator[bytes]:
        """The finished job's file, in pieces. Raises Conflict, NotFound."""
        if row.state != "done":
            raise Conflict(
                f"the job is {row.state}; its result is there once it is done" if row.state in OPEN else row.error
            )
        held = contextlib.AsyncExitStack()
        try:
            path = await held.enter_async_context(self._files.local(_key(row)))
        except FileNotFoundError:
            raise NotFound(f"the result of {row.id} is gone; run it again") from None
        return _pieces(path, held)

    async def forget_old(self) -> None:
        """Removes what expired. Called every so often."""
        async with self._records.read() as connection:
            old = (await connection.execute(select(Job).where(Job.expires_at < datetime.now(UTC)))).all()
        for row in old:
            await self._files.delete(_key(row))
            async with self._records.write() as connection:
                await connection.execute(delete(Job).where(Job.id == row.id))

    async def _keep_working(self) -> None:
        while True:
            try:
                row = await self._unbroken.run(self._claim()) if await self._is_work() else None
                if row is not None:
                    await self._work_on(row)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._work.wait()
                self._work.clear()
            except Exception:
                get_log("query").exception("job.failed")
                await asyncio.sleep(FAILURE_PAUSE_SECONDS)

    async def _claim(self) -> AnyRow | None:
        now = datetime.now(UTC)
        chosen = select(Job.id).where(_free()).order_by(Job.created_at).limit(1)
        if not self._records.embedded:
            chosen = chosen.with_for_update(skip_locked=True)
        lease = now + timedelta(seconds=self._settings.lease_seconds)
        taken = (
            update(Job)
            .where(Job.id == chosen.scalar_subquery())
            .values(state="running", instance=self._settings.instance, lease_until=lease)
            .returning(Job)
        )
        async with self._records.write() as connection:
            return (await connection.execute(taken)).one_or_none()

    async def _work_on(self, row: AnyRow) -> None:
        task = asyncio.create_task(self._run(row), name=f"job:{row.id}")
        renewing = asyncio.create_task(self._keep_lease(row.id))
        self._running[row.id] = task
        try:
            rows, size = await asyncio.shield(task)
            await self._finish(row.id, "done", "", rows, size)
        except (Problem, DatabaseFailed) as error:
            await self._finish(row.id, "failed", str(error))
        except asyncio.CancelledError:
            if not task.cancelled():  # this worker is stopping
                task.cancel()
                await asyncio.wait([task])
                raise
            await self._finish(row.id, "cancelled", "the job was cancelled")
        finally:
            renewing.cancel()
            self._running.pop(row.id, None)

    async def _run(self, row: AnyRow) -> tuple[int, int]:
        request = QueryRequest.model_validate(row.request)
        who = Principal(**row.principal)
        execution = await self._runner.start(
            Wanted(request, limits_of(request, self._settings), who, form=request.format)
        )
        with NamedTemporaryFile(dir=self._scratch, prefix=row.id) as file:
            async for piece in written(execution, request.format):
                await asyncio.to_thread(file.write, piece)
            file.flush()
            if execution.error is not None:
                raise execution.error
            await self._files.put(_key(row), Path(file.name))
            return execution.rows, file.tell()

    async def _keep_lease(self, job_id: str) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            lease = datetime.now(UTC) + timedelta(seconds=self._settings.lease_seconds)
            await self._unbroken.run(self._change(job_id, {"lease_until": lease}))

    async def _finish(self, job_id: str, state: str, error: str, rows: int = 0, size: int = 0) -> None:
        now = datetime.now(UTC)
        expires = now + timedelta(seconds=self._settings.result_ttl)
        values = {
            "state": state,
            "error": error,
            "rows": rows,
            "bytes": size,
            "finished_at": now,
            "expires_at": expires,
        }
        await self._unbroken.run(self._change(job_id, values))

    async def _change(self, job_id: str, values: dict[str, Any]) -> None:
        async with self._records.write() as connection:
            await connection.execute(update(Job).where(Job.id == job_id).values(**values))

    async def _is_work(self) -> bool:
        """A look that writes nothing."""
        async with self._records.read() as connection:
            return await connection.scalar(select(Job.id).where(_free()).limit(1)) is not None

    async def _release_own(self) -> None:
        mine = (Job.state == "running") & (Job.instance == self._settings.instance)
        async with self._records.write() as connection:
            await connection.execute(update(Job).where(mine).values(state="queued", lease_until=None))


def _free() -> Any:
    """What may be taken: jobs that wait, and those whose holder fell silent."""
    return or_(Job.state == "queued", (Job.state == "running") & (Job.lease_until < datetime.now(UTC)))


def _key(row: AnyRow) -> str:
    return f"results/{row.id}"


async def _pieces(path: Path, held: contextlib.AsyncExitStack) -> AsyncIterator[bytes]:
    async with held:
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece
