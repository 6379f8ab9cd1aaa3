"""HTTP endpoints for the plan of a session."""

from fastapi import APIRouter

from aistack.access.rules import needs
from aistack.agent.conversations.plans import PlanStore
from aistack.agent.conversations.sessions import SessionStore
from aistack.agent.tables import SESSION
from aistack.agent.tools.plan import NewPlan, PlanStep


def plan_routes(sessions: SessionStore, plans: PlanStore) -> APIRouter:
    """`/v1/agent/sessions/{session}/plan`."""
    router = APIRouter(prefix="/v1/agent/sessions", tags=["agent"])

    @router.get("/{session}/plan", dependencies=[needs(SESSION, "view")])
    async def show_plan(session: str) -> NewPlan:
        """The steps of the task in this session; none if there is no plan."""
        row = await sessions.find(session)
        return NewPlan(steps=[PlanStep.model_validate(one) for one in await plans.read(row.public_id)])

    @router.put("/{session}/plan", dependencies=[needs(SESSION, "edit")])
    async def change_plan(session: str, plan: NewPlan) -> NewPlan:
        """Replaces the plan. The model sees it with its next reply."""
        row = await sessions.find(session)
        await plans.replace(row.public_id, [one.model_dump() for one in plan.steps])
        return plan

    return router
