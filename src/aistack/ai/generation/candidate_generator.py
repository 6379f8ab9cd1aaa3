"""Has a model write several candidates, executes each, and has it repair those that fail."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from aistack.ai.databases import is_service_failure
from aistack.ai.generation.candidates import Candidate, Source
from aistack.ai.generation.execution import Executor
from aistack.ai.generation.model_reply import ModelReply, parse_reply
from aistack.ai.generation.prompts import PromptContext, repair_prompt, rewrite_prompt, sql_prompt
from aistack.ai.generation.verified_queries import FewShotExample
from aistack.ai.pipeline_run import PipelineRun
from aistack.ai.settings import AiSettings
from aistack.ai.text.step_summaries import fixed, number_of
from aistack.ai.wire import Clarification, Option, Reference
from aistack.chassis.errors import Problem
from aistack.chassis.identity import on_behalf
from aistack.chassis.telemetry.logs import get_log
from aistack.llm.chat import ChatFailed, ChatModel, Message
from aistack.rag.client import RagClient

PASSAGES = 3
TEMPERATURE = 0.6  # of all candidates but the first
PRECISE_STRATEGY = 1
QUESTION_CHARACTERS_MAX = 2_000
QUESTION_TOKENS_MAX = 300


@dataclass(slots=True)
class Generated:
    """The candidates, and what the model wrote instead: a clarifying question, or why it cannot answer."""

    candidates: list[Candidate] = field(default_factory=list[Candidate])
    clarification: Clarification | None = None
    reason: str = ""


class CandidateGenerator:
    """`precise` is the model for questions that the default model is unsure of; None if there is none."""

    def __init__(
        self, settings: AiSettings, default: ChatModel, precise: ChatModel | None, documents: RagClient,
        executor: Executor,
    ) -> None:  # fmt: skip
        self.settings, self.default, self.precise = settings, default, precise
        self._documents, self._executor = documents, executor
        self._secret, self._name = settings.secret if settings.identity else "", settings.service

    async def is_available(self) -> bool:
        """Whether there is a model at the moment."""
        return bool(await self.default.resolve())

    async def has_precise(self) -> bool:
        """Whether there is a precise model at the moment, and it is not the default one."""
        if self.precise is None:
            return False
        name = await self.precise.resolve()
        return bool(name) and name != await self.default.resolve()

    async def context(
        self, run: PipelineRun, tables: Sequence[str], values: Sequence[str], examples: Sequence[FewShotExample]
    ) -> PromptContext:
        """The context of the prompts, with passages from the documents."""
        return PromptContext(tables, values, examples, await self._passages(run))

    async def generate(self, run: PipelineRun, context: PromptContext) -> Generated:
        """As many candidates as are set, written concurrently."""
        prompts = [_prompt(run, context, strategy) for strategy in range(self.settings.candidates)]
        replies = await asyncio.gather(
            *(
                self._candidate(run, self.default, "model", messages, TEMPERATURE if strategy else 0.0)
                for strategy, messages in enumerate(prompts)
            )
        )
        generated = Generated()
        for candidate, reply in replies:
            if candidate is not None:
                generated.candidates.append(candidate)
            elif reply is not None and reply.clarification and generated.clarification is None:
                options = [Option(label=one, question=f"{run.question} ({one})") for one in reply.options]
                generated.clarification = Clarification(kind=reply.kind, question=reply.clarification, options=options)
            elif reply is not None and reply.reason:
                generated.reason = reply.reason
        return generated

    async def generate_precise(self, run: PipelineRun, context: PromptContext) -> list[Candidate]:
        """A candidate of the precise model; none if it writes no statement."""
        assert self.precise is not None
        prompt = _prompt(run, context, PRECISE_STRATEGY)
        candidate, _ = await self._candidate(run, self.precise, "precise", prompt, 0.0)
        return [candidate] if candidate is not None else []

    async def rewrite(self, question: str, previous: Sequence[str]) -> str:
        """A follow-up question complete on its own; unchanged if the model fails."""
        try:
            text = await self.default.complete(rewrite_prompt(question, previous), QUESTION_TOKENS_MAX)
        except ChatFailed as error:
            get_log("ai").warning("question.model_failed", error=str(error))
            return question
        text = text.strip().strip('"“”')
        return text if text and len(text) <= QUESTION_CHARACTERS_MAX and "\n" not in text else question

    async def close(self) -> None:
        await self.default.close()
        if self.precise is not None:
            await self.precise.close()

    async def _candidate(
        self, run: PipelineRun, model: ChatModel, source: Source, messages: list[Message], temperature: float
    ) -> tuple[Candidate | None, ModelReply | None]:
        """A candidate that works, or the last one with its error; without a statement, the reply."""
        candidate: Candidate | None = None
        conversation = messages
        for attempt in range(self.settings.repairs + 1):
            try:
                text = await model.complete(conversation, self.settings.llm_max_tokens, temperature)
            except ChatFailed as error:
                get_log("ai").warning("answer.model_failed", error=str(error))
                run.add_step("generate", str(error), model=model.model)
                return candidate, ModelReply(reason=f"The model gave no answer: {error}.")
            reply = parse_reply(text)
            if not reply.sql:
                summary = reply.clarification or reply.reason or fixed("no statement", chinese=run.chinese)
                run.add_step("generate", summary, model=model.model)
                return candidate, reply
            run.add_step("repair" if attempt else "generate", reply.sql, model=model.model, candidate=source)
            candidate = Candidate(source, reply.sql)
            try:
                await self._executor.execute(run, candidate)
                return candidate, None
            except Problem as problem:
                if problem.status in (401, 403, 404) or is_service_failure(problem):
                    raise
                candidate.error = problem.detail
                run.add_step("check", problem.detail, sql=reply.sql)
                conversation = repair_prompt(messages, reply.sql, problem.detail)
        return candidate, None

    async def _passages(self, run: PipelineRun) -> list[str]:
        """Passages of the documents that the caller may see about the question; none if the search fails."""
        if not self.settings.collection:
            return []
        try:
            found = await self._documents.search(
                run.question, self.settings.collection, PASSAGES, on_behalf(run.who, self._secret, self._name, "rag")
            )
        except Problem as problem:
            if problem.status in (403, 404):  # the caller may not search it
                return []
            run.add_step("knowledge", problem.detail)
            return []
        summary = number_of(len(found.hits), "passage", chinese=run.chinese)
        run.add_step("knowledge", summary, documents=[hit.title for hit in found.hits])
        names = {one.name for one in run.references}
        run.references += [Reference(kind="document", name=hit.title) for hit in found.hits if hit.title not in names]
        return [hit.text for hit in found.hits]


def _prompt(run: PipelineRun, context: PromptContext, strategy: int) -> list[Message]:
    day = run.today.day if run.today is not None else date.today()
    return sql_prompt(run.question, run.database, context, day, strategy)
