"""Statements: validate and explain."""

from fastapi import APIRouter

from aistack.access.rules import needs
from aistack.ai.prepared_databases import PreparedDatabases
from aistack.ai.statements.explanation import explain_statement
from aistack.ai.statements.lineage import lineage_of
from aistack.ai.statements.review import review_statement
from aistack.ai.wire import Assessment, ExplainRequest, Explanation, ValidateRequest
from aistack.chassis.identity import principal
from aistack.connection.rights import KIND as CONNECTION


def statement_routes(prepared: PreparedDatabases) -> APIRouter:
    """`/api/ai/validate` and `/api/ai/explain`."""
    router = APIRouter(prefix="/api/ai", tags=["ai"])

    @router.post("/validate", dependencies=[needs(CONNECTION, "use")])
    async def validate(body: ValidateRequest) -> Assessment:
        """Whether a statement may run, warnings about it, and how risky it is. It does not run."""
        who = principal.get()
        database = await prepared.snapshot(body.connection_id, who)
        return await review_statement(prepared.databases, database, body.sql, who, run_explain=body.run_explain)

    @router.post("/explain", dependencies=[needs(CONNECTION, "use")])
    async def explain(body: ExplainRequest) -> Explanation:
        """What a statement does, in words."""
        database = await prepared.snapshot(body.connection_id, principal.get())
        text, steps = explain_statement(body.sql, database.dialect, chinese=body.language == "zh")
        lineage, _ = lineage_of(body.sql, database, principal.get(), chinese=body.language == "zh")
        return Explanation(explanation=text, steps=steps, lineage_summary=lineage)

    return router
