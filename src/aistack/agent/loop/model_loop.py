"""Does runs for the executor."""

from aistack.agent.loop.services import Services
from aistack.agent.loop.turn import Turn
from aistack.agent.runs.event_log import LeaseLost, LiveRun
from aistack.chassis.telemetry.logs import get_log
from aistack.stores.records import AnyRow

ATTEMPTS_MAX = 10


class ModelLoop:
    """`services.settings` may be replaced; a run keeps those that it began with."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def work(self, live: LiveRun, run: AnyRow) -> None:
        """Does a run. Raises LeaseLost if it was taken over, or its session was deleted."""
        session = await self.services.sessions.row(run.session_id)
        if session is None:
            raise LeaseLost
        turn = Turn(self.services, live, run, session)
        try:
            if run.attempt > ATTEMPTS_MAX:
                await turn.fail("this answer was begun again too often, because the service stopped each time")
                return
            await turn.work()
        except LeaseLost:
            raise
        except Exception:
            get_log("agent").exception("run.failed", run=run.id)
            await turn.fail("an internal error ended this answer; the service's log says more")
