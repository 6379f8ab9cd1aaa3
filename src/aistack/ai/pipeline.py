"""From a question to an answer: link, look for values, read by rules, have a model write, check, run, repair, vote."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from aistack.ai.answers.paraphrase import Wording
from aistack.ai.answers.responses import asks_back, explained, failed, is_this, ready, which
from aistack.ai.answers.suggestions import beyond
from aistack.ai.databases import Databases, is_ours
from aistack.ai.generation.candidate_generator import Drafting, Material
from aistack.ai.generation.verified_queries import Alike, Lessons
from aistack.ai.generation.voting import DOUBT, Candidate, difference, vote
from aistack.ai.linking.value_linker import phrases_of, probed, sampled, wanted_values
from aistack.ai.pipeline_run import Asked, Tell
from aistack.ai.prepared_databases import Knowing
from aistack.ai.question_history import Questions
from aistack.ai.rules.grammar.question_parser import Reading
from aistack.ai.rules.sql.statement import Writer
from aistack.ai.settings import AiSettings
from aistack.ai.text.follow_ups import standing_alone
from aistack.ai.text.tokens import is_chinese
from aistack.ai.wire import AskAnswer, AskRequest, Clarification, Kind, Option, Reference, Step
from aistack.chassis.errors import Problem
from aistack.chassis.identity import Principal
from aistack.databases.target import PLANS

OPTIONS_MAX = 5
CHOSEN = 0.95  # how sure a reading is that somebody chose
SURE, MARGIN = 0.75, 0.15  # how sure a reading by rules is at least, and what a lead over others adds
REFUSALS = ("sql-", "forbidden")


class Asking:
    """`drafting` is what has models write statements; None where none is set."""

    def __init__(
        self, settings: AiSettings, databases: Databases, knowing: Knowing, lessons: Lessons, questions: Questions,
        drafting: Drafting | None,
    ) -> None:  # fmt: skip
        self.settings, self.databases, self.knowing = settings, databases, knowing
        self.lessons, self.questions, self.drafting = lessons, questions, drafting

    async def ask(self, request: AskRequest, who: Principal, tell: Tell = lambda _: None) -> AskAnswer:
        """Raises Problem where the database may not be asked; what was not understood is an answer, too."""
        known = await self.knowing.of(request.connection_id, who)
        asked = Asked(
            uuid.uuid4().hex, request.question, request.question, known, who, request.execute, tell,
            is_chinese(request.question), request.context.session_id,
        )  # fmt: skip
        before = [turn.content for turn in request.context.history if turn.role == "user"]
        if not before and request.context.session_id:
            before = await self.questions.of_session(request.context.session_id, known.connection.id, who)
        answer = await self._understood(asked, before)
        await self.questions.keep(answer, asked.said, known, who, asked.session)
        return answer

    async def chosen(self, row: Any, option: Option, who: Principal, *, execute: bool) -> AskAnswer:
        """The answer to one of the ways that were offered."""
        known = await self.knowing.of(row.connection, who)
        question = option.question or row.question
        asked = Asked(
            uuid.uuid4().hex, question, question, known, who, execute, lambda _: None, is_chinese(row.question),
            row.session,
        )  # fmt: skip
        candidate = Candidate("rules", option.sql, explanation=option.label)
        await self._tried(asked, candidate)
        answer = ready(asked, candidate, row.method, CHOSEN) if not candidate.error else failed(asked, candidate.error)
        await self.questions.keep(answer, f"{row.question} ({option.label})", known, who, row.session)
        return answer

    async def _understood(self, asked: Asked, before: Sequence[str]) -> AskAnswer:
        known = asked.known
        lessons, wrong = await self.lessons.alike(known.connection.id, asked.question, asked.who)
        if lessons and lessons[0].alike == 1.0:
            answer = await self._by_lesson(asked, lessons[0])
            if answer is not None:
                return answer
        reading, tables, values = await self._read(asked, asked.question)
        if before and not reading.readings:
            question = await standing_alone(asked.question, before, self.drafting)
            if question != asked.question:
                asked.question = question
                asked.note("follow_up", question)
                reading, tables, values = await self._read(asked, question)
        by_rules = self._candidates(asked, reading, wrong)
        if self.drafting is None:
            return await self._by_rules(asked, reading, by_rules)
        if lessons:
            asked.note(
                "lessons", f"{len(lessons)} confirmed questions are alike", questions=[one.question for one in lessons]
            )
            asked.references += [Reference(kind="lesson", name=one.question, about=one.sql) for one in lessons]
        notes = [
            f"{said!r}: {column.table}.{column.name} = {value!r}"
            for said, places in values.items()
            for column, value in places
        ]
        material = await self.drafting.material(asked, tables, notes, lessons)
        drafted = await self.drafting.candidates(asked, material)
        candidates = [one for one in drafted.candidates if one.sql not in wrong]
        honest = [one for one in by_rules[:1] if len(by_rules) == 1]
        for one in honest:
            await self._tried(asked, one)
        if not candidates and (honest or by_rules):
            asked.note("vote", "the model wrote nothing that works; the rules answer")
            return await self._by_rules(asked, reading, by_rules, honest)
        if drafted.clarification is not None and not any(not one.error for one in candidates):
            return asks_back(asked, drafted.clarification, "model")
        return await self._voted(asked, material, [*candidates, *honest], drafted.cannot)

    async def _voted(self, asked: Asked, material: Material, candidates: list[Candidate], cannot: str) -> AskAnswer:
        assert self.drafting is not None
        groups, confidence = _counted(asked, candidates)
        if confidence < self.settings.llm_confidence_threshold and self.drafting.precise is not None:
            candidates = [*candidates, *await self.drafting.precise_one(asked, material)]
            groups, confidence = _counted(asked, candidates)
        if not groups:
            error = cannot or next((one.error for one in candidates if one.error), "the model wrote no statement")
            return failed(asked, error)
        best = groups[0][0]
        if confidence >= self.settings.llm_confidence_threshold:
            return ready(
                asked, best, "rules" if all(one.source == "rules" for one in groups[0]) else "model", confidence
            )
        if len(groups) == 1:
            label = best.explanation or best.sql
            options = [Option(label=label, sql=best.sql)]
            return asks_back(
                asked,
                Clarification(kind="filter", question=is_this(asked.chinese), options=options),
                "model",
                best,
                confidence,
            )
        dialect = asked.known.dialect
        kind = difference(groups[0][0].sql, groups[1][0].sql, dialect)
        options = [Option(label=explained(asked, group[0]), sql=group[0].sql) for group in groups[:OPTIONS_MAX]]
        return asks_back(
            asked, Clarification(kind=kind, question=which(asked.chinese), options=options), "model", best, confidence
        )

    async def _by_lesson(self, asked: Asked, lesson: Alike) -> AskAnswer | None:
        """What was confirmed for this very question, if it still works."""
        candidate = Candidate("rules", lesson.sql, explanation=lesson.question)
        asked.note("lessons", "this question was confirmed before", sql=lesson.sql)
        await self._tried(asked, candidate)
        if candidate.error:
            return None
        asked.references.append(Reference(kind="lesson", name=lesson.question, about=lesson.sql))
        return ready(asked, candidate, "lesson", 1.0)

    async def _read(self, asked: Asked, question: str) -> tuple[Reading, list[str], dict[str, Any]]:
        known = asked.known
        linked = await known.linker.tables(question, self.settings.tables_max)
        tables = [one.name for one in linked]
        asked.note(
            "link",
            ", ".join(tables[:5]) or "no table fits",
            tables=[{"table": one.name, "score": one.score, "columns": list(one.columns)} for one in linked],
        )
        wanted = wanted_values(phrases_of(question))
        values = sampled(known, wanted) if known.connection.samples else {}
        found, problem = await probed(self.databases, known, tables, wanted, asked.who, self.settings.probe_seconds)
        for text, places in found.items():
            values[text] = list(dict.fromkeys([*values.get(text, ()), *places]))
        listed = {text: [f"{column.table}.{column.name}" for column, _ in places] for text, places in values.items()}
        asked.note("values", problem or ", ".join(listed) or "none of its words is a value", values=listed)
        reading = await asyncio.to_thread(known.reader.read, question, values, date.today())
        said = (
            f"{len(reading.readings)} readings"
            if reading.readings
            else f"beyond the rules{': ' + ', '.join(reading.unknown) if reading.unknown else ''}"
        )
        asked.note(
            "rules", said, readings=[round(cost, 2) for _, cost in reading.readings[:5]], unknown=list(reading.unknown)
        )
        return reading, tables, values

    def _candidates(self, asked: Asked, reading: Reading, wrong: set[str]) -> list[Candidate]:
        """A statement for each reading that is as good as the best, unless somebody said that it is wrong."""
        wording = Wording(asked.known.knowledge, asked.chinese)
        found: dict[str, Candidate] = {}
        for meaning in reading.best:
            sql = Writer(asked.known.knowledge, asked.known.connection.engine).statement(meaning)
            found.setdefault(sql, Candidate("rules", sql, explanation=wording.asked(meaning)))
        return [one for one in found.values() if one.sql not in wrong]

    async def _by_rules(
        self, asked: Asked, reading: Reading, candidates: Sequence[Candidate], tried: Sequence[Candidate] = ()
    ) -> AskAnswer:
        if not candidates:
            return failed(asked, beyond(reading, asked.known.knowledge, chinese=asked.chinese))
        for one in candidates[:OPTIONS_MAX]:
            if one not in tried:
                await self._tried(asked, one)
        groups, _ = vote(candidates[:OPTIONS_MAX])
        if not groups:
            return failed(asked, candidates[0].error)
        if len(groups) > 1:
            kind: Kind = difference(groups[0][0].sql, groups[1][0].sql, asked.known.dialect)
            options = [Option(label=group[0].explanation, sql=group[0].sql) for group in groups]
            clarification = Clarification(kind=kind, question=which(asked.chinese), options=options)
            return asks_back(asked, clarification, "rules", groups[0][0], round(1 / (len(groups) + DOUBT), 3))
        lead = reading.readings[1][1] - reading.readings[0][1] if len(reading.readings) > 1 else 1.0
        confidence = round(SURE + MARGIN * min(1.0, lead), 3)
        return ready(asked, groups[0][0], "rules", confidence)

    async def _tried(self, asked: Asked, candidate: Candidate) -> None:
        """Runs it, or where nothing is to be run, has it checked; what is wrong is kept in it."""
        try:
            await self.attempt(asked, candidate)
        except Problem as problem:
            candidate.error = problem.detail
            asked.note("check" if problem.code.startswith(REFUSALS) else "run", problem.detail, sql=candidate.sql)
            if is_ours(problem):
                raise

    async def attempt(self, asked: Asked, candidate: Candidate) -> None:
        """Raises Problem when it is refused or fails."""
        known, settings = asked.known, self.settings
        if not asked.execute:
            validity = await self.databases.validate(known.connection.id, candidate.sql, asked.who)
            if not validity.valid:
                raise Problem(validity.error, code=f"sql-{validity.kind}", status=400)
            if known.connection.engine in PLANS:
                await self.databases.explain(known.connection.id, candidate.sql, asked.who)
            asked.note("check", "it may run", source=candidate.source, sql=candidate.sql)
            return
        run = self.databases.run(known.connection.id, candidate.sql, asked.who, settings.rows_max, settings.seconds_max)
        candidate.result = await run
        asked.note("run", f"{candidate.result.row_count} rows", source=candidate.source, sql=candidate.sql)


async def followed(work: Callable[[Tell], Awaitable[AskAnswer]]) -> AsyncIterator[Step | AskAnswer]:
    """The steps as they are done, and the answer last; whoever stops reading stops the work."""
    queue: asyncio.Queue[Step | None] = asyncio.Queue()
    task = asyncio.ensure_future(work(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (step := await queue.get()) is not None:
            yield step
        yield await task
    finally:
        task.cancel()


def _counted(asked: Asked, candidates: Sequence[Candidate]) -> tuple[list[list[Candidate]], float]:
    """The vote of the candidates, written into the trace."""
    groups, confidence = vote(candidates)
    votes = [len(group) for group in groups]
    said = f"{' : '.join(map(str, votes)) or 'nothing works'}, confidence {confidence:g}"
    asked.note("vote", said, votes=votes, confidence=confidence)
    return groups, confidence
