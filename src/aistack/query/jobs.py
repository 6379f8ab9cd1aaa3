"""Jobs: statements that run in the background. Their results are kept as files until they expire.

A job is its owner's alone, and runs with the rights that the owner has when it runs.

Jobs only read, so a job whose instance died is simply run again by the instance that takes over its lease.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from aistack.access.access import Thing, held
from aistack.access.grants import AccessStore
from aistack.access.rules import check_level
from aistack.chassis.errors import Conflict, InvalidInput, NotFound, Problem, Unavailable
from aistack.chassis.identity import Principal
from aistack.chassis.runtime.tasks import Unbroken
from aistack.chassis.telemetry.logs import get_log
from aistack.connection.rights import as_maker, owner_of
from aistack.databases.session import DatabaseFailed
from aistack.query.background import Background
from aistack.query.execution.result_formats import encoded
from aistack.query.execution.runner import Runner, RunRequest, limits_of
from aistack.query.settings import QuerySettings
from aistack.query.tables import JOB, Job
from aistack.query.wire import QueryRequest
from aistack.stores.files import FileStore
from aistack.stores.job_leases import JobLeases
from aistack.stores.records import AnyRow, Records

OPEN = ("queued", "running")
POLL_SECONDS = 2.0
FAILURE_PAUSE_SECONDS = 1.0
CHUNK_BYTES = 1 << 18
COUNT_OPEN = select(func.count()).select_from(Job).where(Job.state.in_(OPEN))


class Jobs:
    """The queue of jobs, and the workers that run them until `close`."""

    def __init__(
        self, records: Records, files: FileStore, runner: Runner, settings: QuerySettings, scratch: Path,
        access: AccessStore, background: Background,
    ) -> None:  # fmt: skip
        self._records = records
        self._files = files
        self._runner = runner
        self._settings = settings
        self._scratch = scratch
        self._access = access
        self._background = background
        self._leases = JobLeases(
            records, Job, settings.instance, settings.lease_seconds, holder="instance", oldest_first="created_at"
        )
        self._new_work = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._unbroken = Unbroken()

    async def start(self) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._scratch.iterdir():
            left.unlink()
        if self._records.embedded:
            await self._leases.release_all()
        self._workers = [
            asyncio.create_task(self._work(), name=f"jobs:{number}") for number in range(self._settings.jobs_at_once)
        ]

    async def close(self) -> None:
        for worker in self._workers:
            worker.cancel()
        if self._workers:
            await asyncio.wait(self._workers)
            await self._unbroken.ended()
            await self._leases.release_all()

    async def open(self, request: QueryRequest, who: Principal) -> AnyRow:
        """Adds a job to the queue. Raises Problem when the statement may not run, or the queue is full."""
        limits_of(request, self._settings)
        prepared = await self._runner.prepare_or_problem(request, who)
        if prepared.checked.writes:
            raise InvalidInput("jobs can only read; run a statement that writes with POST /api/query")
        values = {
            "id": uuid.uuid4().hex, "owner": owner_of(who), "principal": who.claims(),
            "request": request.model_dump() | {"connection_id": prepared.connection.id},
            "instance": "", "state": "queued", "error": "", "rows": 0, "bytes": 0, "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with self._records.write() as connection:
            if (await connection.scalar(COUNT_OPEN) or 0) >= self._settings.jobs_waiting_max:
                raise Unavailable(f"{self._settings.jobs_waiting_max} jobs are waiting already; try again later")
            row = (await connection.execute(insert(Job).values(**values).returning(Job))).one()
        self._new_work.set()
        return row

    async def of(self, who: Principal, limit: int) -> Sequence[AnyRow]:
        """The principal's own jobs, newest first; an owner of the stack gets all."""
        query = select(Job).where(self._access.visible(as_maker(who), JOB))
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(Job.created_at.desc()).limit(limit))).all()

    async def find(self, job_id: str, who: Principal) -> AnyRow:
        """For the level that the route needs. Raises NotFound, Forbidden."""
        async with self._records.read() as connection:
            row = (await connection.execute(select(Job).where(Job.id == job_id))).one_or_none()
        missing = NotFound(f"there is no job {job_id}")
        if row is None:
            raise missing
        thing = Thing(JOB, row.id, row.owner)
        check_level(thing, held(as_maker(who), thing, ()), missing, job_id)
        return row

    async def remove(self, job_id: str) -> None:
        """Cancels the job if it runs on this instance, and deletes it with its result."""
        task = self._running.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        async with self._records.write() as connection:
            await connection.execute(delete(Job).where(Job.id == job_id))
        await self._files.delete(_key(job_id))

    async def result(self, row: AnyRow, who: Principal) -> AsyncIterator[bytes]:
        """The file of a finished job, in chunks. Raises what `result_file` does."""
        held = contextlib.AsyncExitStack()
        return _chunks(await held.enter_async_context(self.result_file(row, who)), held)

    @contextlib.asynccontextmanager
    async def result_file(self, row: AnyRow, who: Principal) -> AsyncGenerator[Path]:
        """The file of a finished job. Raises Conflict, NotFound; also when the connection is not visible."""
        await self._runner.targets.of(row.request["connection_id"], who)
        if row.state != "done":
            raise Conflict(
                f"the job is {row.state}; its result is available when it is done" if row.state in OPEN else row.error
            )
        async with contextlib.AsyncExitStack() as held:
            try:
                path = await held.enter_async_context(self._files.local(_key(row.id)))
            except FileNotFoundError:
                raise NotFound(f"the result of {row.id} has been deleted; run the statement again") from None
            yield path

    async def owner_of(self, row: AnyRow) -> Principal:
        """Whom a job acts as at this moment. Raises Problem."""
        return await self._background.principal_of(row.owner, row.principal)

    async def delete_expired(self) -> None:
        """Deletes expired jobs with their results. Called periodically."""
        async with self._records.read() as connection:
            expired = (await connection.execute(select(Job).where(Job.expires_at < datetime.now(UTC)))).all()
        for row in expired:
            await self._files.delete(_key(row.id))
            async with self._records.write() as connection:
                await connection.execute(delete(Job).where(Job.id == row.id))

    async def _work(self) -> None:
        while True:
            try:
                row = await self._unbroken.run(self._leases.claim()) if await self._leases.has_work() else None
                if row is not None:
                    await self._work_on(row)
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._new_work.wait()
                self._new_work.clear()
            except Exception:
                get_log("query").exception("job.failed")
                await asyncio.sleep(FAILURE_PAUSE_SECONDS)

    async def _work_on(self, row: AnyRow) -> None:
        task = asyncio.create_task(self._run(row), name=f"job:{row.id}")
        extending = asyncio.create_task(self._keep_extending(row.id))
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
            extending.cancel()
            self._running.pop(row.id, None)

    async def _run(self, row: AnyRow) -> tuple[int, int]:
        request = QueryRequest.model_validate(row.request)
        who = await self._background.principal_of(row.owner, row.principal)
        execution = await self._runner.start(
            RunRequest(
                request, limits_of(request, self._settings), who, form=request.format, csv=request.csv,
                present=lambda: self._background.principal_of(row.owner, row.principal),
            )
        )  # fmt: skip
        with NamedTemporaryFile(dir=self._scratch, prefix=row.id) as file:
            async for chunk in encoded(execution, request.format, request.csv):
                await asyncio.to_thread(file.write, chunk)
            file.flush()
            if execution.error is not None:
                raise execution.error
            await self._files.put(_key(row.id), Path(file.name))
            return execution.rows, file.tell()

    async def _keep_extending(self, job_id: str) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            await self._unbroken.run(self._leases.extend(job_id))

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
        await self._unbroken.run(self._update(job_id, values))

    async def _update(self, job_id: str, values: dict[str, Any]) -> None:
        async with self._records.write() as connection:
            await connection.execute(update(Job).where(Job.id == job_id).values(**values))


def _key(job_id: str) -> str:
    return f"results/{job_id}"


async def _chunks(path: Path, held: contextlib.AsyncExitStack) -> AsyncIterator[bytes]:
    async with held:
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk
