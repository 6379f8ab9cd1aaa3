"""One run from where it stands to its end: ask the model, call tools, ask again."""

import asyncio
import secrets
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from aistack.agent.calls.call_round import must_not_repeat, run_calls, sort_calls
from aistack.agent.calls.tool_choice import ToolChoice, choose_tools
from aistack.agent.calls.toolbox import Toolbox
from aistack.agent.conversations.messages import NewPart, StoredMessage
from aistack.agent.loop.attachments import answer_from_attachments, left_out_note
from aistack.agent.loop.background import Background
from aistack.agent.loop.budget import budget_of
from aistack.agent.loop.context import Context
from aistack.agent.loop.endings import Ending, final_events
from aistack.agent.loop.result_events import result_events
from aistack.agent.loop.services import Services
from aistack.agent.loop.step import Reply, Step
from aistack.agent.loop.without_model import answer_in_words, question_of, routed_call
from aistack.agent.runs.approvals import Asked
from aistack.agent.runs.event_log import LiveRun
from aistack.agent.runs.run_store import DONE, FAILED, STOPPED, WAITING
from aistack.agent.tool_protocol import ToolContext
from aistack.chassis.identity import principal
from aistack.chassis.runtime.tasks import Unbroken
from aistack.llm.chat import ChatFailed, ChatModel
from aistack.stores.records import AnyRow

T = TypeVar("T")


class Turn:
    """A run that this instance holds. Its progress is what is stored of its message."""

    def __init__(self, services: Services, live: LiveRun, run: AnyRow, session: AnyRow) -> None:
        self._services = services
        self._live = live
        self._run = run
        self._session = session
        self._log = services.store.log
        self._unbroken = Unbroken()
        self._options: Mapping[str, Any] = run.options
        self._toolbox = Toolbox(())
        self._choice: ToolChoice | None = None
        self._background = Background(services, run, session)
        self._budget = budget_of(services.settings, run)
        self._reply: Reply | None = None
        self._model_name = ""
        self._message_public_id = ""

    async def work(self) -> None:
        """Raises LeaseLost, and CancelledError if the work is to go on elsewhere."""
        try:
            async with asyncio.timeout(self._budget.seconds_left):
                ending = await self._until_end()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._live.is_stopping or task is None:
                await self._unbroken.ended()
                raise
            task.uncancel()
            ending = Ending(STOPPED)
        except TimeoutError:
            ending = Ending(STOPPED, error="time", code="budget")
        except ChatFailed as failure:
            ending = Ending(FAILED, error=str(failure), code="model-failed")
        await self._unbroken.ended()
        await self._end(ending)

    async def fail(self, message: str) -> None:
        """Ends the run after an error of ours. Raises LeaseLost."""
        await self._unbroken.ended()
        await self._end(Ending(FAILED, error=message, code="internal"))

    async def _until_end(self) -> Ending:
        message = await self._services.messages.row(self._run.message_id)
        self._message_public_id = message.public_id
        self._begin()
        self._toolbox = await self._services.tools.toolbox(principal.get(), self._options.get("tools"))
        wanted = self._options.get("model") or self._session.model
        model = self._services.models(wanted)
        self._model_name = name = await model.resolve() if model is not None else ""
        if wanted and not name:
            raise ChatFailed(f"there is no model {wanted}, or the gateway does not answer")
        await self._read_attachments()
        if model is None or not name:
            return await self._without_model()
        if self._budget.needs_prices:
            raise ChatFailed("what this run may cost is limited, but the price of the model is not known")
        while True:
            branch = await self._background.branch()
            parts = branch[-1].parts
            pending = _pending(parts)
            if pending:
                asked = await self._round(pending, parts, await self._background.context(branch))
                if asked:
                    return Ending(WAITING, asked=asked)
            elif _is_answered(parts):
                await self._say_left_out(branch, (await self._background.context(branch)).cut)
                return Ending(DONE)
            elif exceeded := self._budget.exceeded:
                return Ending(STOPPED, error=exceeded, code="budget")
            else:
                await self._ask(model, branch)

    async def _read_attachments(self) -> None:
        attachments, branch = self._services.attachments, await self._background.branch()
        await attachments.read(self._live, self._session, branch, self._options["language"], self._emit)

    async def _say_left_out(self, branch: Sequence[StoredMessage], cut: Mapping[str, str]) -> None:
        """Names in the answer what of the question's attachments it does not rest on."""
        parts = branch[-1].parts
        note = left_out_note(branch[-2], cut, self._options["language"]) if len(branch) > 1 else None
        if note is None or parts[-1].data.get("note"):
            return
        self._emit_text(note.text)
        await self._save(parts, [note])

    def _emit_text(self, text: str) -> None:
        reply_id = secrets.token_hex(8)
        self._emit("TEXT_MESSAGE_START", messageId=reply_id, role="assistant")
        self._emit("TEXT_MESSAGE_CONTENT", messageId=reply_id, delta=text)
        self._emit("TEXT_MESSAGE_END", messageId=reply_id)

    def _begin(self) -> None:
        thread = self._session.public_id
        if self._live.next_number == 1:
            self._emit("RUN_STARTED", threadId=thread, runId=self._live.id)
        else:  # what was shown after the last stored part is void
            self._emit("CUSTOM", name="resumed", value={"messageId": self._message_public_id})

    async def _ask(self, model: ChatModel, branch: Sequence[StoredMessage]) -> None:
        """One reply of the model, which is stored before anything else happens."""
        context, settings = await self._background.context(branch), self._services.settings
        step = self._budget.used.get("steps", 0) + 1
        self._emit("STEP_STARTED", stepName=f"reply {step}")
        if context.left_out and step == 1:
            context = await self._background.shortened(branch, context, model, self._budget)
        if (context.left_out or context.cut) and step == 1:
            value = {"messages": context.left_out, "attachments": list(context.cut), "parts": context.cut}
            self._emit("CUSTOM", name="left_out", value=value)
        choice = self._chosen(branch)
        self._reply = reply = Reply()
        await Step(self._log, self._live).ask(
            model, reply, context.messages, self._toolbox.described(choice.chosen),
            max_tokens=settings.reply_tokens_max, temperature=self._options.get("temperature", 0.0),
        )  # fmt: skip
        if not reply.text and not reply.calls:
            raise ChatFailed(f"the model {model.model} sent an empty reply")
        usage, is_estimate = reply.counted(context.messages)
        self._budget.add(usage, is_estimate=is_estimate)
        await self._save(branch[-1].parts, reply.parts(step))
        self._reply = None
        self._emit("STEP_FINISHED", stepName=f"reply {step}")

    def _chosen(self, branch: Sequence[StoredMessage]) -> ToolChoice:
        """The tools that the model is offered, the same ones for the whole run, so that its prompt can be cached."""
        if self._choice is None:
            used = {one.data["name"] for message in branch for one in message.parts if one.kind == "tool_call"}
            today = datetime.now(UTC).date()
            self._choice = choose_tools(
                self._toolbox.tools, question_of(branch), self._options["language"], sorted(used), today
            )
            value = {
                "offered": self._toolbox.names, "chosen": dict(self._choice.chosen),
                "left_out": dict(self._choice.left_out),
            }  # fmt: skip
            self._emit("CUSTOM", name="tools", value=value)
        return self._choice

    async def _round(self, pending: Sequence[AnyRow], parts: Sequence[AnyRow], context: Context) -> Sequence[Asked]:
        """Runs the calls that may run, stores their results, and returns those that wait for a person."""
        first = pending[0].position
        earlier = [one for one in parts if one.kind == "tool_call" and one.position < first]
        sorted_calls = await sort_calls(
            pending, earlier, self._toolbox, self._services.approvals, self._session.id, self._run.message_id,
            has_read_untrusted=context.has_read_untrusted,
        )  # fmt: skip
        if sorted_calls.refused:
            await self._save_results(parts, sorted_calls.refused)
        elif sorted_calls.ready:
            await self._steadily(self._services.store.mark_started(self._live, must_not_repeat(sorted_calls.ready)))
            await self._save_results(parts, await run_calls(sorted_calls.ready, self._tool_context()))
        else:
            return sorted_calls.asked
        return ()

    def _tool_context(self) -> ToolContext:
        return ToolContext(principal.get(), self._session.public_id, self._live.id, self._options["language"])

    async def _save_results(self, parts: Sequence[AnyRow], results: Sequence[NewPart]) -> None:
        await self._save(parts, results)
        for one in results:
            for kind, fields in result_events(one):
                self._emit(kind, **fields)

    async def _save(self, before: Sequence[AnyRow], parts: Sequence[NewPart]) -> None:
        position = before[-1].position + 1 if before else 0
        used = self._budget.used
        await self._steadily(self._services.store.save_parts(self._live, self._run.message_id, position, parts, used))

    async def _without_model(self) -> Ending:
        """Routes the question to a tool by rules, and answers in words with what that gave."""
        language = self._options["language"]
        while True:
            branch = await self._background.branch()
            parts = branch[-1].parts
            pending = _pending(parts)
            if pending:
                asked = await self._round(pending, parts, await self._background.context(branch))
                if asked:
                    return Ending(WAITING, asked=asked)
                continue
            if _is_answered(parts):
                await self._say_left_out(branch, {})
                return Ending(DONE)
            attached = answer_from_attachments(branch[-2], language) if len(branch) > 1 and not parts else ""
            call = None if parts or attached else await routed_call(self._toolbox, branch, language, principal.get())
            if call is not None:
                self._emit("CUSTOM", name="method", value="rules")
                for kind, fields in call.events(self._message_public_id):
                    self._emit(kind, **fields)
                await self._save(parts, [call.part])
                continue
            text = attached or answer_in_words(parts, language)
            self._emit_text(text)
            await self._save(parts, [NewPart("text", text, {"method": "rules"})])

    async def _end(self, ending: Ending) -> None:
        store, message_id = self._services.store, self._run.message_id
        (message,) = await self._services.messages.with_parts([await self._services.messages.row(message_id)])
        stored = message.parts
        parts = self._reply.parts(0, with_calls=False) if self._reply is not None else []
        if ending.error:
            parts.append(NewPart("error", ending.message(self._options["language"]), {"code": ending.full_code}))
        position, used = (stored[-1].position + 1 if stored else 0), self._budget.used
        rows: list[dict[str, Any]] = []
        if ending.asked:
            await self._log.flush(self._live)
            async with store.holding(self._live) as connection:
                rows = await self._services.approvals.ask(
                    connection, ending.asked, self._session.id, message_id, self._live.id
                )
        events = final_events(ending, rows, self._session.public_id, self._live.id, used, self._options["language"])
        await self._steadily(
            store.end(
                self._live, message_id, ending.state, events, model=self._model_name, usage=used,
                error=ending.error, position=position, parts=parts,
            )
        )  # fmt: skip

    async def _steadily(self, step: Coroutine[Any, Any, T]) -> T:
        return await self._unbroken.run(step)

    def _emit(self, kind: str, **fields: Any) -> None:
        self._log.emit(self._live, kind, **fields)


def _pending(parts: Sequence[AnyRow]) -> list[AnyRow]:
    """The calls without a result."""
    done = {one.data["id"] for one in parts if one.kind == "tool_result"}
    return [one for one in parts if one.kind == "tool_call" and one.data["id"] not in done]


def _is_answered(parts: Sequence[AnyRow]) -> bool:
    return bool(parts) and parts[-1].kind == "text"
