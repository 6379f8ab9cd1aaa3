"""Statements written by a model: several, each in another manner, checked, run, and given back when they fail."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from aistack.ai.databases import is_ours
from aistack.ai.generation.prompts import Said, prompt, repairing, said
from aistack.ai.generation.verified_queries import Alike
from aistack.ai.generation.voting import Candidate, Source
from aistack.ai.pipeline_run import Asked
from aistack.ai.settings import AiSettings
from aistack.ai.wire import Clarification, Option, Reference
from aistack.chassis.errors import Problem
from aistack.chassis.telemetry.logs import get_log
from aistack.llm.chat import ChatFailed, ChatModel, Message
from aistack.rag.client import RagClient

PASSAGES = 3
WARMTH = 0.6  # the temperature of candidates after the first
REWRITING = """Rewrite the user's last question so that it can be understood without the ones before: put in what it \
leaves out. Keep its language. Write the question only."""
REWRITING_TOKENS = 300

Attempt = Callable[[Asked, Candidate], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Material:
    """What models are shown beside the question: linked tables, values found, confirmed questions, and passages."""

    tables: Sequence[str]
    notes: Sequence[str]
    lessons: Sequence[Alike]
    passages: Sequence[str]


@dataclass(slots=True)
class Drafted:
    candidates: list[Candidate] = field(default_factory=list[Candidate])
    clarification: Clarification | None = None
    cannot: str = ""


class Drafting:
    """`attempt` runs a statement and raises Problem; `precise` is the model for what the usual one is unsure of."""

    def __init__(self, settings: AiSettings, usual: ChatModel, precise: ChatModel | None, documents: RagClient) -> None:
        self.settings, self.usual, self.precise = settings, usual, precise
        self._documents = documents
        self.attempt: Attempt | None = None

    async def material(
        self, asked: Asked, tables: Sequence[str], notes: Sequence[str], lessons: Sequence[Alike]
    ) -> Material:
        return Material(tables, notes, lessons, await self._passages(asked))

    async def candidates(self, asked: Asked, material: Material) -> Drafted:
        """As many as are set, written at the same time."""
        prompts = [_prompt(asked, material, manner) for manner in range(self.settings.candidates)]
        written = await asyncio.gather(
            *(
                self._one(asked, self.usual, "model", messages, WARMTH if manner else 0.0)
                for manner, messages in enumerate(prompts)
            )
        )
        drafted = Drafted()
        for candidate, spoken in written:
            if candidate is not None:
                drafted.candidates.append(candidate)
            elif spoken is not None and spoken.asks and drafted.clarification is None:
                options = [Option(label=one, question=f"{asked.question} ({one})") for one in spoken.options]
                drafted.clarification = Clarification(kind=spoken.kind, question=spoken.asks, options=options)
            elif spoken is not None and spoken.cannot:
                drafted.cannot = spoken.cannot
        return drafted

    async def precise_one(self, asked: Asked, material: Material) -> list[Candidate]:
        assert self.precise is not None
        candidate, _ = await self._one(asked, self.precise, "precise", _prompt(asked, material, 1), 0.0)
        return [candidate] if candidate is not None else []

    async def rewritten(self, question: str, before: Sequence[str]) -> str:
        """The question on its own; as it was when the model is no help."""
        talk = "\n".join([*before, question])
        messages: list[Message] = [{"role": "system", "content": REWRITING}, {"role": "user", "content": talk}]
        try:
            text = (await self.usual.complete(messages, REWRITING_TOKENS)).strip().strip('"“”')
        except ChatFailed as error:
            get_log("ai").warning("question.model_failed", error=str(error))
            return question
        return text if text and len(text) <= 2_000 and "\n" not in text else question

    async def close(self) -> None:
        await self.usual.close()
        if self.precise is not None:
            await self.precise.close()

    async def _one(
        self, asked: Asked, model: ChatModel, source: Source, messages: list[Message], warmth: float
    ) -> tuple[Candidate | None, Said | None]:
        """A candidate that works, or the last one with what is wrong with it; or what the model said instead."""
        candidate: Candidate | None = None
        talk = messages
        for turn in range(self.settings.repairs + 1):
            try:
                spoken = said(await model.complete(talk, self.settings.llm_max_tokens, warmth))
            except ChatFailed as error:
                get_log("ai").warning("answer.model_failed", error=str(error))
                asked.note("generate", str(error), model=model.model)
                return candidate, None
            if not spoken.sql:
                asked.note("generate", spoken.asks or spoken.cannot or "it wrote no statement", model=model.model)
                return candidate, spoken
            asked.note("repair" if turn else "generate", spoken.sql, model=model.model, candidate=source)
            candidate = Candidate(source, spoken.sql)
            try:
                assert self.attempt is not None
                await self.attempt(asked, candidate)
                return candidate, None
            except Problem as problem:
                if problem.status in (401, 403, 404) or is_ours(problem):
                    raise
                candidate.error = problem.detail
                asked.note("check", problem.detail, sql=spoken.sql)
                talk = repairing(messages, spoken.sql, problem.detail)
        return candidate, None

    async def _passages(self, asked: Asked) -> list[str]:
        """What documents say of the question's words; nothing when there is no such collection."""
        if not self.settings.collection:
            return []
        try:
            found = await self._documents.search(asked.question, self.settings.collection, PASSAGES)
        except Problem as problem:
            asked.note("knowledge", problem.detail)
            return []
        asked.note("knowledge", f"{len(found.hits)} passages", documents=[hit.title for hit in found.hits])
        known = {one.name for one in asked.references}
        asked.references += [Reference(kind="document", name=hit.title) for hit in found.hits if hit.title not in known]
        return [hit.text for hit in found.hits]


def _prompt(asked: Asked, shown: Material, manner: int) -> list[Message]:
    today = date.today().isoformat()
    return prompt(asked.question, asked.known, shown.tables, shown.notes, shown.lessons, shown.passages, today, manner)
