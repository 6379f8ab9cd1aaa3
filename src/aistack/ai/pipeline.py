"""From a question to an answer: verified queries, linking, rules, model candidates, execution, voting."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date

from aistack.ai.answers.paraphrase import Paraphraser
from aistack.ai.answers.report_paraphrase import ReportParaphraser
from aistack.ai.answers.responses import (
    choice,
    clarify,
    confirmation,
    doubt,
    explanation_of,
    failed,
    partial,
    ready,
    too_slow,
)
from aistack.ai.answers.suggestions import suggestion
from aistack.ai.databases import Databases
from aistack.ai.generation.candidate_generator import CandidateGenerator
from aistack.ai.generation.candidates import Candidate
from aistack.ai.generation.execution import Executor
from aistack.ai.generation.prompts import PromptContext
from aistack.ai.generation.verified_queries import FewShotExample, VerifiedQueries
from aistack.ai.generation.voting import DOUBT, vote
from aistack.ai.linking.candidate_phrases import candidate_phrases, search_terms
from aistack.ai.linking.value_linker import ValueLinks, find_values, sampled_values
from aistack.ai.pipeline_run import ModelTooSlow, OnStep, PipelineRun
from aistack.ai.prepared_databases import PreparedDatabase, PreparedDatabases
from aistack.ai.question_history import QuestionHistory
from aistack.ai.rules.grammar.question_parser import ParseResult
from aistack.ai.rules.reports.report_reader import Reading
from aistack.ai.rules.sql.report_generator import ReportGenerator
from aistack.ai.rules.sql.sql_generator import SqlGenerator
from aistack.ai.settings import AiSettings
from aistack.ai.statements.comparison import difference
from aistack.ai.statements.fan_out import fan_outs
from aistack.ai.text.follow_ups import complete_follow_up
from aistack.ai.text.step_summaries import fixed, number_of, unknown_words, votes_of
from aistack.ai.text.tokens import is_chinese
from aistack.ai.today import is_relative, today
from aistack.ai.wire import AskAnswer, AskRequest, Option, Reference, Step
from aistack.chassis.identity import Principal
from aistack.stores.records import AnyRow

OPTIONS_MAX = 5
FAN_OUT_CONFIDENCE = 0.3  # of a confirmed statement that counts rows more than once
CHOSEN_CONFIDENCE = 0.95  # of an option that the user chose
MODEL_SHARE = 0.8  # of the time for an answer; the rest is for the rules, if the model takes too long
READING_CONFIDENCE, PARTIAL_CONFIDENCE = 0.8, 0.4  # of a question read in parts: all of them, or some left out
RULES_CONFIDENCE, LEAD_CONFIDENCE = 0.75, 0.15  # of the rules at least; added for a clear lead over other parses


class Pipeline:
    """`generator` has a model write statements; None if no model is set."""

    def __init__(
        self, settings: AiSettings, databases: Databases, prepared: PreparedDatabases, verified: VerifiedQueries,
        history: QuestionHistory, executor: Executor,
    ) -> None:  # fmt: skip
        self.settings, self.databases, self.prepared = settings, databases, prepared
        self.verified, self.history, self.executor = verified, history, executor
        self.generator: CandidateGenerator | None = None

    async def ask(
        self, request: AskRequest, who: Principal, on_step: OnStep = lambda _: None, *, seconds_max: float | None = None
    ) -> AskAnswer:
        """Raises Problem if the database may not be asked; a question that is not understood has a failed answer.

        With `seconds_max`, the rules answer when a model takes so long that the answer would come later than that.
        """
        begun = time.monotonic()
        prepared = await self.prepared.get(request.connection_id, who)
        run = PipelineRun(
            uuid.uuid4().hex, request.question, request.question, prepared.snapshot, who, request.execute, on_step,
            is_chinese(request.question), request.context.session_id, request.time_zone,
            model_until=None if seconds_max is None else begun + seconds_max * MODEL_SHARE,
        )  # fmt: skip
        previous = [turn.content for turn in request.context.history if turn.role == "user"]
        if not previous and run.session:
            previous = await self.history.session_questions(run.session, run.database.connection.id, who)
        answer = await self._answer(run, prepared, previous)
        await self.history.save(answer, run.original_question, run.database.connection, who, run.session)
        return answer

    async def choose(self, row: AnyRow, option: Option, who: Principal, *, execute: bool) -> AskAnswer:
        """The answer to an option of a clarifying question."""
        database = await self.prepared.snapshot(row.connection, who)
        question = option.question or row.question
        run = PipelineRun(
            uuid.uuid4().hex, question, question, database, who, execute, lambda _: None, is_chinese(row.question),
            row.session,
        )  # fmt: skip
        candidate = Candidate("rules", option.sql, explanation=option.label, chosen=True)
        await self.executor.try_execute(run, candidate)
        if candidate.error:
            answer = failed(run, candidate.error)
        else:
            answer = ready(run, candidate, row.method, CHOSEN_CONFIDENCE)
        await self.history.save(answer, f"{row.question} ({option.label})", database.connection, who, row.session)
        return answer

    async def _answer(self, run: PipelineRun, prepared: PreparedDatabase, previous: Sequence[str]) -> AskAnswer:
        examples, rejected = await self.verified.similar(run.database.connection, run.question, run.who)
        if examples and examples[0].similarity == 1.0:
            answer = await self._answer_verified(run, examples[0])
            if answer is not None:
                return answer
        parsed, tables, values = await self._link_and_parse(run, prepared)
        generator = self.generator if self.generator is not None and await self.generator.is_available() else None
        if previous and not parsed.interpretations and not (run.reading is not None and run.reading.is_sure):
            question = await self._complete(generator, run, previous)
            if question != run.question:
                run.question = question
                run.add_step("follow_up", question)
                parsed, tables, values = await self._link_and_parse(run, prepared)
        by_rules = self._rule_candidates(run, parsed, rejected)
        if generator is None:
            return await self._answer_by_rules(run, parsed, by_rules)
        try:
            async with run.model_time():
                return await self._answer_by_model(
                    generator, run, parsed, by_rules, tables, values, examples, rejected
                )  # fmt: skip
        except ModelTooSlow:
            return await self._answer_late(run, parsed, by_rules)

    async def _answer_late(self, run: PipelineRun, parsed: ParseResult, by_rules: Sequence[Candidate]) -> AskAnswer:
        """The answer of the rules, because the model took too long."""
        run.add_step("vote", fixed("the model did not answer in time; using the rules", chinese=run.chinese))
        if not by_rules:
            return failed(run, too_slow(chinese=run.chinese))
        return await self._answer_by_rules(run, parsed, by_rules)

    async def _complete(self, generator: CandidateGenerator | None, run: PipelineRun, previous: Sequence[str]) -> str:
        """A follow-up question as one that stands on its own."""
        if generator is None:
            return complete_follow_up(run.question, previous)
        try:
            async with run.model_time():
                return await generator.rewrite(run.question, previous)
        except ModelTooSlow:
            return complete_follow_up(run.question, previous)

    async def _answer_verified(self, run: PipelineRun, example: FewShotExample) -> AskAnswer | None:
        """The answer of a statement that was confirmed for this question; None if it no longer works.

        If its joins count rows more than once, it is shown for confirmation again.
        """
        candidate = Candidate("rules", example.sql, explanation=example.question)
        run.add_step("lessons", fixed("this question has a verified answer", chinese=run.chinese), sql=example.sql)
        repeated = fan_outs(example.sql, run.database.dialect, run.database.graph)
        if repeated:
            message = repeated[0].message(chinese=run.chinese)
            run.add_step("check", message, sql=example.sql)
            option = Option(label=example.sql, sql=example.sql)
            return clarify(run, doubt(message, option, chinese=run.chinese), "lesson", candidate, FAN_OUT_CONFIDENCE)
        await self.executor.try_execute(run, candidate)
        if candidate.error:
            return None
        run.references.append(Reference(kind="lesson", name=example.question, about=example.sql))
        return ready(run, candidate, "lesson", 1.0)

    async def _link_and_parse(
        self, run: PipelineRun, prepared: PreparedDatabase
    ) -> tuple[ParseResult, list[str], ValueLinks]:
        """The question's interpretations by the rules, the tables it is about, and the values it mentions."""
        linked = await prepared.linker.tables(run.question, self.settings.tables_max)
        tables = [one.name for one in linked]
        run.tables = tables
        scores = [{"table": one.name, "score": one.score, "columns": list(one.columns)} for one in linked]
        summary = ", ".join(tables[:5]) or fixed("no matching tables", chinese=run.chinese)
        run.add_step("link", summary, tables=scores)
        values, problem = await self._link_values(run, tables)
        listed = {text: [f"{column.table}.{column.name}" for column, _ in places] for text, places in values.items()}
        summary = problem or ", ".join(listed) or fixed("no matching values", chinese=run.chinese)
        run.add_step("values", summary, values=listed)
        if is_relative(run.question):
            seconds = self.settings.probe_seconds
            run.today = await today(self.databases, run.database, run.who, run.time_zone, seconds)
        day = run.today.day if run.today is not None else date.today()
        parsed = await asyncio.to_thread(prepared.parser.parse, run.question, values, day)
        run.reading = None
        if not parsed.interpretations and not parsed.too_long:
            run.reading = await asyncio.to_thread(prepared.reports.read, run.question, values, day)
        costs = [round(cost, 2) for _, cost in parsed.interpretations[:5]]
        run.add_step("rules", _parse_summary(parsed, chinese=run.chinese), readings=costs, unknown=list(parsed.unknown))
        return parsed, tables, values

    async def _link_values(self, run: PipelineRun, tables: Sequence[str]) -> tuple[ValueLinks, str]:
        database = run.database
        terms = search_terms(candidate_phrases(run.question))
        values = sampled_values(database, terms) if database.connection.samples else {}
        seconds = self.settings.probe_seconds
        found, problem = await find_values(self.databases, database, tables, terms, run.who, seconds)
        for text, places in found.items():
            values[text] = list(dict.fromkeys([*values.get(text, ()), *places]))
        return values, problem

    def _rule_candidates(self, run: PipelineRun, parsed: ParseResult, rejected: set[str]) -> list[Candidate]:
        """A statement for each of the most likely interpretations, without those that were rejected."""
        database = run.database
        paraphraser = Paraphraser(database.graph, run.chinese)
        found: dict[str, Candidate] = {}
        for query in parsed.best:
            sql = SqlGenerator(database.graph, database.connection.engine, run.time_zone).statement(query)
            explanation, headline = paraphraser.query(query), paraphraser.headline(query)
            found.setdefault(sql, Candidate("rules", sql, explanation=explanation, headline=headline))
        reports = ReportParaphraser(database.graph, run.chinese)
        for report in run.reading.best if run.reading is not None else ():
            sql = ReportGenerator(database.graph, database.connection.engine, run.time_zone).statement(report)
            found.setdefault(sql, Candidate("rules", sql, explanation=reports.report(report)))
        return [one for one in found.values() if one.sql not in rejected]

    async def _answer_by_rules(
        self, run: PipelineRun, parsed: ParseResult, candidates: Sequence[Candidate], executed: Sequence[Candidate] = ()
    ) -> AskAnswer:
        if not candidates:
            return failed(run, suggestion(parsed, run.database.graph, run.tables, chinese=run.chinese))
        for one in candidates[:OPTIONS_MAX]:
            if one not in executed:
                await self.executor.try_execute(run, one)
        groups, _ = vote(candidates[:OPTIONS_MAX])
        if not groups:
            return failed(run, candidates[0].error)
        best = groups[0][0]
        if len(groups) > 1:
            kind = difference(best.sql, groups[1][0].sql, run.database.dialect)
            options = [Option(label=group[0].explanation, sql=group[0].sql) for group in groups]
            confidence = round(1 / (len(groups) + DOUBT), 3)
            return clarify(run, choice(kind, options, chinese=run.chinese), "rules", best, confidence)
        if run.reading is not None:
            return self._answer_reading(run, run.reading, best)
        costs = [cost for _, cost in parsed.interpretations]
        lead = costs[1] - costs[0] if len(costs) > 1 else 1.0
        return ready(run, best, "rules", round(RULES_CONFIDENCE + LEAD_CONFIDENCE * min(1.0, lead), 3))

    def _answer_reading(self, run: PipelineRun, reading: Reading, best: Candidate) -> AskAnswer:
        """The answer of a question that was read in parts; asks back when a part has no place in it."""
        if reading.is_sure:
            return ready(run, best, "rules", READING_CONFIDENCE)
        option = Option(label=best.explanation, sql=best.sql)
        left_out = (*reading.left_out, *reading.doubts)
        return clarify(run, partial(left_out, option, chinese=run.chinese), "rules", best, PARTIAL_CONFIDENCE)

    async def _answer_by_model(
        self, generator: CandidateGenerator, run: PipelineRun, parsed: ParseResult, by_rules: Sequence[Candidate],
        tables: Sequence[str], values: ValueLinks, examples: Sequence[FewShotExample], rejected: set[str],
    ) -> AskAnswer:  # fmt: skip
        if examples:
            questions = [one.question for one in examples]
            summary = number_of(len(examples), "similar verified question", chinese=run.chinese)
            run.add_step("lessons", summary, questions=questions)
            run.references += [Reference(kind="lesson", name=one.question, about=one.sql) for one in examples]
        notes = [
            f"{text!r}: {column.table}.{column.name} = {value!r}"
            for text, places in values.items()
            for column, value in places
        ]
        context = await generator.context(run, tables, notes, examples)
        generated = await generator.generate(run, context)
        candidates = [one for one in generated.candidates if one.sql not in rejected]
        is_sure = len(by_rules) == 1 and (run.reading is None or run.reading.is_sure)
        voter = list(by_rules) if is_sure else []  # the rules have a vote only if they are unambiguous
        for one in voter:
            await self.executor.try_execute(run, one)
        if not candidates and by_rules:
            run.add_step("vote", fixed("the model wrote no statement; using the rules", chinese=run.chinese))
            return await self._answer_by_rules(run, parsed, by_rules, voter)
        if generated.clarification is not None and all(one.error for one in candidates):
            return clarify(run, generated.clarification, "model")
        return await self._answer_by_vote(generator, run, context, [*candidates, *voter], generated.reason)

    async def _answer_by_vote(
        self, generator: CandidateGenerator, run: PipelineRun, context: PromptContext, candidates: list[Candidate],
        reason: str,
    ) -> AskAnswer:  # fmt: skip
        threshold = self.settings.llm_confidence_threshold
        groups, confidence = _vote(run, candidates)
        if confidence < threshold and await generator.has_precise():
            candidates = [*candidates, *await generator.generate_precise(run, context)]
            groups, confidence = _vote(run, candidates)
        if not groups:
            errors = [one.error for one in candidates if one.error]
            return failed(run, reason or next(iter(errors), "The model did not write a statement."))
        best = groups[0][0]
        if confidence >= threshold:
            method = "rules" if all(one.source == "rules" for one in groups[0]) else "model"
            return ready(run, best, method, confidence)
        if len(groups) == 1:
            option = Option(label=best.explanation or best.sql, sql=best.sql)
            return clarify(run, confirmation(option, chinese=run.chinese), "model", best, confidence)
        kind = difference(best.sql, groups[1][0].sql, run.database.dialect)
        options = [Option(label=explanation_of(run, group[0]), sql=group[0].sql) for group in groups[:OPTIONS_MAX]]
        return clarify(run, choice(kind, options, chinese=run.chinese), "model", best, confidence)


async def stream_steps(ask: Callable[[OnStep], Awaitable[AskAnswer]]) -> AsyncIterator[Step | AskAnswer]:
    """Each step when it is done, then the answer. Cancels the work if the reader stops."""
    queue: asyncio.Queue[Step | None] = asyncio.Queue()
    task = asyncio.ensure_future(ask(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (step := await queue.get()) is not None:
            yield step
        yield await task
    finally:
        task.cancel()


def _vote(run: PipelineRun, candidates: Sequence[Candidate]) -> tuple[list[list[Candidate]], float]:
    groups, confidence = vote(candidates)
    votes = [len(group) for group in groups]
    summary = votes_of(votes, confidence, chinese=run.chinese)
    run.add_step("vote", summary, votes=votes, confidence=confidence)
    return groups, confidence


def _parse_summary(parsed: ParseResult, *, chinese: bool) -> str:
    count = len(parsed.interpretations)
    if count:
        return number_of(count, "interpretation", chinese=chinese)
    if parsed.unknown:
        return unknown_words(tuple(parsed.unknown), chinese=chinese)
    return fixed("no interpretation found", chinese=chinese)
