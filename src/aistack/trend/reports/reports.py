"""The reports of all collections: written, kept, listed and compared."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from aistack.access.grants import AccessStore
from aistack.chassis.errors import InvalidInput, NotFound
from aistack.chassis.identity import principal
from aistack.llm.chat import ChatModel
from aistack.stores.records import AnyRow, Records
from aistack.trend.reports.contents import changes_between, content_of, inputs_of, scope_of
from aistack.trend.reports.gathering import Gathering
from aistack.trend.reports.summary import summarized
from aistack.trend.reports.tables import REPORT, REPORT_THINGS, Report
from aistack.trend.reports.wire import Changes, Content, ReportRequest
from aistack.trend.watches.watches import check_own

LISTED_MAX = 500


class Reports:
    """`model` is the stack's language model, None where there is no gateway."""

    def __init__(self, records: Records, access: AccessStore, gathering: Gathering, model: ChatModel | None) -> None:
        self._records = records
        self._access = access
        self._gathering = gathering
        self._model = model

    async def generate(self, collection_id: int, request: ReportRequest) -> AnyRow:
        """Writes and keeps a report of the caller's. Raises NotFound and InvalidInput as Gathering does."""
        gathered = await self._gathering.gathered(collection_id, request)
        content = content_of(gathered, request)
        scope = scope_of(request)
        previous = await self._latest(collection_id, scope)
        if previous is not None:
            before = Content(**previous.content)
            content.changes = changes_between(before, content, previous.id, previous.created_at)
        model = None if request.by_model is False else self._model
        content.summary, content.summary_by = await summarized(content, model)
        owner = principal.get().subject
        row = {
            "id": secrets.token_hex(6), "collection_id": collection_id, "owner": owner, "title": content.title,
            "scope": scope, "request": request.model_dump(mode="json"), "content": content.model_dump(mode="json"),
            "inputs": inputs_of(gathered), "previous": previous.id if previous is not None else None,
            "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with self._records.write() as connection:
            await REPORT_THINGS.check_quota(connection, owner)
            return (await connection.execute(insert(Report).values(**row).returning(Report))).one()

    async def of(self, collection_id: int) -> Sequence[AnyRow]:
        """The newest first, without their contents."""
        table = Report
        query = select(
            table.id, table.title, table.owner, table.request, table.previous, table.created_at
        ).where(table.collection_id == collection_id)  # fmt: skip
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(table.created_at.desc()).limit(LISTED_MAX))).all()

    async def find(self, collection_id: int, report_id: str) -> AnyRow:
        """Raises NotFound."""
        query = select(Report).where(Report.id == report_id, Report.collection_id == collection_id)
        async with self._records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no report {report_id} in this collection")
        return row

    async def compared(self, collection_id: int, report_id: str, earlier_id: str) -> Changes:
        """What changed from one report to another. Raises NotFound, InvalidInput if they are not of one scope."""
        now, before = await self.find(collection_id, report_id), await self.find(collection_id, earlier_id)
        if now.scope != before.scope:
            raise InvalidInput("the reports were asked for different things; only reports of one kind can be compared")
        return changes_between(Content(**before.content), Content(**now.content), before.id, before.created_at)

    async def remove(self, collection_id: int, report_id: str) -> None:
        """Raises NotFound, Forbidden unless it is the caller's."""
        row = await self.find(collection_id, report_id)
        check_own(row, REPORT)
        await self.remove_any(report_id)

    async def remove_any(self, report_id: str) -> None:
        """As `remove`, for any caller; one that is gone is no error."""
        async with self._records.write() as connection:
            await connection.execute(delete(Report).where(Report.id == report_id))
            await self._access.remove_thing(connection, REPORT, report_id)

    async def _latest(self, collection_id: int, scope: str) -> AnyRow | None:
        query = select(Report).where(Report.collection_id == collection_id, Report.scope == scope)
        async with self._records.read() as connection:
            return (await connection.execute(query.order_by(Report.created_at.desc()).limit(1))).one_or_none()
