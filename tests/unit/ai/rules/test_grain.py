"""Sums, averages and counts over joins equal those computed by hand, or the user is asked; checked over any schema."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aistack.ai.rules.grammar.question_parser import QuestionParser
from aistack.ai.rules.meaning.logical_form import Aggregate, ColumnCondition, Query, RowSet
from aistack.ai.rules.meaning.row_composer import RowComposer
from aistack.ai.rules.sql.sql_generator import SqlGenerator
from aistack.ai.schema.profiles import Column
from aistack.ai.statements.fan_out import fan_outs
from aistack.ai.text.english_nouns import plural_noun
from harness.sql.generated import SHAPES, Database, database, pairs
from tests.properties import examples

TODAY = date(2026, 11, 27)
SEEDS = st.integers(0, 1_000_000)
Row = dict[str, Any]


def total(values: Iterable[Any]) -> Any:
    present = [one for one in values if one is not None]
    return sum(present) if present else None


def average(values: Iterable[Any]) -> Any:
    present = [one for one in values if one is not None]
    return sum(present) / len(present) if present else None


FUNCTIONS: dict[str, Callable[[Iterable[Any]], Any]] = {"total": total, "average": average}


def answers(made: Database, question: str) -> list[list[tuple[Any, ...]]]:
    """The different results of the likeliest interpretations: one is an answer, several are asked about."""
    graph = made.graph()
    filled = made.fill()
    results: dict[str, list[tuple[Any, ...]]] = {}
    for one in QuestionParser(graph).parse(question, {}, TODAY).best:
        sql = SqlGenerator(graph, "sqlite").statement(one)
        assert not fan_outs(sql, "sqlite", graph), sql
        rows = sorted((tuple(map(_plain, row)) for row in filled.execute(sql).fetchall()), key=str)
        results[str(rows)] = rows
    return list(results.values())


def check(made: Database, question: str, expected: Iterable[tuple[Any, ...]]) -> None:
    """The question's answer, if it has one, is the expected one."""
    found = answers(made, question)
    if len(found) == 1:
        assert found[0] == sorted((tuple(map(_plain, row)) for row in expected), key=str), question


def once(rows: Iterable[Row | None]) -> list[Row]:
    """Each row once."""
    return list({id(one): one for one in rows if one is not None}.values())


def grouped(made: Database, table: str, by: str) -> dict[Any, list[Row]]:
    """Rows by the category of a table that they refer to."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in made.tables[table].rows:
        owner = made.ancestor(table, row, by)
        found[None if owner is None else owner[made.tables[by].category]].append(row)
    return found


@st.composite
def cases(draw: Callable, related: bool = False) -> tuple[Database, str, str, str]:
    """A database, a table, and two tables that it refers to; with `related` the first is another one."""
    made = database(draw(st.sampled_from(SHAPES)), draw(SEEDS))
    found = [pair for pair in pairs(made) if not related or pair[0] != pair[1]]
    table, owner = draw(st.sampled_from(found))
    by = draw(st.sampled_from([other for one, other in pairs(made) if one == table]))
    return made, table, owner, by


class TestGrain:
    @examples(30)
    @given(cases(), st.sampled_from(sorted(FUNCTIONS)))
    def test_a_measure_counts_each_of_its_rows_once(self, case: tuple, function: str):
        made, table, owner, _ = case
        measure = made.tables[owner].measure
        owners = once(made.ancestor(table, row, owner) for row in made.tables[table].rows)
        value = FUNCTIONS[function](row[measure] for row in owners)
        check(made, f"{function} {measure} of {plural_noun(table)}", [(value,)])

    @examples(30)
    @given(cases(), st.sampled_from(sorted(FUNCTIONS)))
    def test_a_measure_counts_each_of_its_rows_once_in_a_group(self, case: tuple, function: str):
        made, table, owner, by = case
        measure = made.tables[owner].measure
        expected = [
            (group, FUNCTIONS[function](row[measure] for row in once(made.ancestor(table, row, owner) for row in rows)))
            for group, rows in grouped(made, table, by).items()
        ]
        check(made, f"{function} {measure} of {plural_noun(table)} by {made.tables[by].category}", expected)

    @examples(20)
    @given(cases())
    def test_rows_are_counted_by_the_group_they_refer_to(self, case: tuple):
        made, table, _, by = case
        expected = [(group, len(rows)) for group, rows in grouped(made, table, by).items()]
        check(made, f"number of {plural_noun(table)} by {made.tables[by].category}", expected)

    @examples(20)
    @given(cases(related=True), st.integers(0, 3))
    def test_related_rows_are_counted_at_the_end_of_the_path(self, case: tuple, least: int):
        made, table, owner, _ = case
        counts = {
            id(row): sum(made.ancestor(table, one, owner) is row for one in made.tables[table].rows)
            for row in made.tables[owner].rows
        }
        expected = [(row["name"],) for row in made.tables[owner].rows if counts[id(row)] > least]
        check(made, f"{plural_noun(owner)} with more than {least} {plural_noun(table)}", expected)
        most = max(counts.values())
        first = [(row["name"],) for row in made.tables[owner].rows if counts[id(row)] == most and most]
        check(made, f"{owner} with the most {plural_noun(table)}", first)

    @examples(20)
    @given(SEEDS, st.integers(0, 3))
    def test_rows_over_a_bridge_are_counted_once(self, seed: int, least: int):
        made = database("bridge", seed)
        one, other, bridge = made.tables
        expected = [
            (row["name"],)
            for row in made.tables[one].rows
            if len(
                once(
                    made.parent(bridge, link, other)
                    for link in made.tables[bridge].rows
                    if made.parent(bridge, link, one) is row
                )
            )
            > least
        ]
        check(made, f"{plural_noun(one)} with more than {least} {plural_noun(other)}", expected)

    @examples(20)
    @given(cases(related=True), st.sampled_from("ABC"))
    def test_not_includes_what_is_missing(self, case: tuple, value: str):
        made, table, owner, _ = case
        category = made.tables[owner].category
        expected = [
            row
            for row in made.tables[table].rows
            if (found := made.ancestor(table, row, owner)) is None or found[category] != value
        ]
        graph = made.graph()
        condition = ColumnCondition(Column(owner, category), "=", (value,), negated=True)
        for rows, _ in RowComposer(graph).filtered(RowSet(table), condition):
            assert isinstance(rows, RowSet)
            sql = SqlGenerator(graph, "sqlite").statement(Query(rows, (Aggregate("count"),)))
            assert made.fill().execute(sql).fetchall() == [(len(expected),)], sql

    def test_questions_are_answered(self):
        """Most of these questions have an answer: a check that never runs proves nothing."""
        asked = answered = 0
        for seed, shape in enumerate(SHAPES):
            made = database(shape, seed)
            for table, owner in list(pairs(made))[:20]:
                asked += 1
                question = f"total {made.tables[owner].measure} of {plural_noun(table)}"
                answered += len(answers(made, question)) == 1
        assert answered / asked > 0.9


def _plain(value: Any) -> Any:
    return round(float(value), 6) if isinstance(value, (int, float)) else value
