"""Plain English questions: its function words, and the rules by which its phrases combine."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aistack.ai.knowledge import Column
from aistack.ai.rules.chart import SKIP, Rule
from aistack.ai.rules.combining import Combining, Found
from aistack.ai.rules.lexicon import Lexicon, Words
from aistack.ai.rules.meaning import Aggregate, Asked, Is, Rows, Values

FUNCTION_WORDS = {
    SKIP: "what_'s the a an please show me give us tell display find get what is are was were"
    " be been do does did can could would you i want need to see know there that's it's all any some every actual"
    " currently exist exists show_me tell_me about located situated found me_the kindly"
    " has_been have_been ever so then each_of different distinct unique various actually"
    " altogether , given together_with their",
    "LEAD": "name state list return print fetch count_up report",
    "WH": "what which who whose",
    "OF": "of in from for at on within inside to placed_by made_by belonging_to living_in located_in based_in lives_in"
    " situated_in among against into through via",
    "OFOF": "of",
    "EVERY": "all all_the all_of_the",
    "WITH": "with have has having that_have that_has which_have which_has who_have who_has whose where that_are containing contains"
    " contain whose_names including include includes that_contain that_contains featuring got place placed made make makes submitted",
    "THAT": "that which who through_which in_which on_which to_which whom where",
    "NOT": "not no without don't doesn't didn't never n't except do_not does_not did_not excluding neither non",
    "OTHER": "other others",
    "AND": "and as_well_as along_with ,",
    "OR": "or",
    "BY": "by per for_each in_each of_each grouped_by broken_down_by group_by split_by across by_each for_every each_of for_all_the",
    "EACH": "each every",
    "COUNT": "how_many number_of count_of count the_number_of how_many_different number_of_different how_many_distinct",
    "HOW": "how",
    "THAN": "than",
    "AS": "as at_in",
    "TOP": "top first",
    "BOTTOM": "bottom last",
    "NAMED": "named called titled name_is with_the_name with_name of_name",
    "ORDER": "sorted_by ordered_by order_by sort_by ranked_by in_order_of sort ordered",
    "ALPHA": "alphabetically in_alphabetical_order",
    "ASC": "ascending in_ascending_order ascending_order_of increasing asc from_lowest_to_highest in_increasing_order lowest_first",
    "DESC": "descending in_descending_order decreasing desc descending_order_of from_highest_to_lowest highest_first",
    "PRON": "it them",
    "POSS": "'s",
    "WHERE": "where where_is where_are",
    "BETWEEN": "between",
}
FUNCTIONS = {
    "sum": "total sum sum_of total_of combined overall the_total",
    "avg": "average mean avg average_of mean_of",
    "min": "minimum min lowest smallest",
    "max": "maximum max highest largest greatest biggest",
}
AFTER = {"sum": "combined in_total altogether", "avg": "on_average"}
COMPARISONS = {
    ">": "more_than over above greater_than higher_than larger_than bigger_than exceeding exceeds > older_than longer_than"
    " costing_more_than beyond after",
    "<": "less_than under below fewer_than lower_than smaller_than < younger_than shorter_than cheaper_than before",
    ">=": "at_least no_less_than >= ≥ not_less_than minimum_of",
    "<=": "at_most no_more_than up_to <= ≤ not_more_than maximum_of",
    "=": "exactly equal_to equals equal = of_exactly",
}
UNITS = {
    "day": "day daily",
    "week": "week weekly",
    "month": "month monthly",
    "quarter": "quarter quarterly",
    "year": "year yearly annually annual",
}


def words() -> Words:
    """The function words, each with its categories."""
    found: dict[str, list[tuple[str, object]]] = {}
    for category, text in FUNCTION_WORDS.items():
        for phrase in text.split():
            found.setdefault(phrase.replace("_", " "), []).append((category, None))
    for category, by in (("AGG", FUNCTIONS), ("AFTER", AFTER), ("CMP", COMPARISONS), ("UNIT", UNITS)):
        for meaning, text in by.items():
            for phrase in text.split():
                found.setdefault(phrase.replace("_", " "), []).append((category, meaning))
    return found


def rules(lexicon: Lexicon) -> list[Rule]:
    """`lexicon` tells how adjectives are meant."""
    c = Combining(lexicon.knowledge)

    def near(left: Rows, found: Found) -> Found:
        """What follows belongs rather to the nearest noun before it."""
        for meaning, cost in found:
            yield meaning, cost + 0.3 * len(left.conditions) + (0.1 if left.best else 0)

    def over(columns: tuple[Column, ...], one: Any) -> Found:
        for column in columns:
            yield from one(column)

    def one_column(rows: Rows, columns: tuple[Column, ...]) -> Found:
        return over(columns, lambda column: c.values(rows, (column,)))

    def list_of(first: tuple[tuple[Column, ...], ...], more: tuple[tuple[Column, ...], ...]) -> Found:
        yield (*first, *more), 0.0

    def several(rows: Rows, lists: tuple[tuple[Column, ...], ...]) -> Found:
        chosen: list[Column] = []
        for columns in lists:
            fitting = [column for column in columns if column.table == rows.table]
            fitting = fitting or [one for one in columns if c.knowledge.path_to_one(rows.table, one.table)]
            if not fitting:
                return
            chosen.append(fitting[0])
        yield from c.values(rows, tuple(chosen))

    def whole(function: Any, columns: tuple[Column, ...]) -> Found:
        for column in columns:
            for asked, cost in c.aggregated(function, Values(Rows(column.table), (column,))):
                yield asked, cost + 0.5

    def aggregate(function: Any, values: Values) -> Found:
        return c.aggregated(function, values)

    def count_column(columns: tuple[Column, ...], rows: Rows) -> Found:
        """How many people live in Kiel: a column that holds the count already."""
        for column in columns:
            if c.measurable(column):
                yield from c.values(rows, (column,))

    def counting(columns: tuple[Column, ...]) -> Found:
        """The number of inhabitants, where that is a column."""
        kept = tuple(column for column in columns if c.knowledge.facts(column).kind == "number")
        if kept:
            yield kept, 0.0

    def having_value(rows: Rows, columns: tuple[Column, ...], value: Is) -> Found:
        if value.column in columns:
            yield from c.filtered(rows, value)

    def having_text(rows: Rows, columns: tuple[Column, ...], text: str) -> Found:
        for column in columns:
            if c.knowledge.facts(column).kind == "text":
                yield from c.filtered(rows, Is(column, "=", (text,)))

    def named_text(rows: Rows, text: str) -> Found:
        for name in c.knowledge.tables[rows.table].label[:1]:
            yield rows.restricted(Is(Column(rows.table, name), "=", (text,))), 0.0

    def compared(rows: Rows, columns: tuple[Column, ...], operator: Any, value: float) -> Found:
        return over(columns, lambda column: c.compared(rows, column, operator, value))

    def between(rows: Rows, columns: tuple[Column, ...], low: float, high: float) -> Found:
        for column in columns:
            for first, cost in c.compared(rows, column, ">=", low):
                assert isinstance(first, Rows)
                for second, more in c.compared(first, column, "<=", high):
                    yield second, cost + more

    def differing(rows: Rows, value: Is) -> Found:
        if isinstance(value, Is):
            yield from c.filtered(rows, replace(value, negated=not value.negated))
        elif value.table == rows.table:
            yield rows.restricted(replace(value, negated=True)), 0.0

    def quality(rows: Rows, condition: Any) -> Found:
        if condition.table == rows.table:
            yield rows.restricted(condition), 0.0

    def top_by(count: float, rows: Rows, columns: tuple[Column, ...], *, most: bool = True) -> Found:
        sign = lexicon.adjective("highest" if most else "lowest")
        return over(columns, lambda column: c.best_by(rows, sign, column, int(count)))

    def counted_groups(rows: Rows, other: Rows) -> Found:
        yield from c.grouped_by_rows(Asked(other, (Aggregate("count"),)), rows)

    def number(asked: Rows) -> Iterator[tuple[Asked, float]]:
        yield Asked(asked, (Aggregate("count"),)), 0.0

    def trailing(values: Values, other: Rows) -> Found:
        """The population of Springfield in Illinois."""
        for rows, cost in c.relate(values.rows, other):
            assert isinstance(rows, Rows)
            yield replace(values, rows=rows), cost + 0.2

    def through(head: Rows, middle: Rows, other: Rows) -> Found:
        """Customers who ordered an atlas: by what is named between them."""
        if middle.is_bare and len({head.table, middle.table, other.table}) == 3:
            for joined, cost in c.relate(middle, other):
                assert isinstance(joined, Rows)
                for found, more in c.relate(head, joined):
                    yield found, cost + more + 0.5

    def extremes(rows: Rows, extreme: Any) -> Found:
        return c.best_extreme(rows, extreme)

    def filter_values(columns: tuple[Column, ...], value: Is) -> Found:
        return over(columns, lambda column: from_filter(column, value))

    def from_filter(column: Column, value: Is) -> Found:
        for rows, cost in c.filtered(Rows(column.table), value):
            assert isinstance(rows, Rows)
            for found, more in c.values(rows, (column,)):
                yield found, cost + more + 0.5

    def extreme_filter(extreme: Any, value: Is) -> Found:
        for rows, cost in c.filtered(Rows(extreme.by.table), value):
            assert isinstance(rows, Rows)
            for found, more in c.extreme_values(rows, extreme):
                yield found, cost + more + 0.5

    table: list[tuple[str, str, Any]] = [
        # sets of rows
        ("S", "V", c.named),
        ("S", "S S", c.appose),
        ("S", "S OFOF S", lambda a, _, b: ((m, n - 0.4) for m, n in c.appose(a, b))),
        ("S", "S S", c.beside),
        ("S", "V S", lambda v, s: c.told(s, v)),
        ("S", "F S", lambda f, s: quality(s, f)),
        ("S", "S WITH? V", lambda s, _, v: near(s, c.told(s, v))),
        ("S", "S OF V", lambda s, _, v: near(s, c.told(s, v))),
        ("S", "S THAT V", lambda s, _, v: near(s, c.told(s, v))),
        ("S", "S THAT? NOT V", lambda s, _t, _n, v: near(s, differing(s, v))),
        ("S", "S V WITH", lambda s, v, _: c.told(s, v)),
        ("S", "NOT V S", lambda _, v, s: differing(s, v)),
        ("S", "S NOT F", lambda s, _, f: differing(s, f)),
        ("S", "S NAMED S", lambda s, _, o: c.appose(s, o)),
        ("S", "S NAMED TEXT", lambda s, _, t: named_text(s, t)),
        ("S", "S TEXT", lambda s, t: ((m, n + 1.0) for m, n in named_text(s, t))),
        ("S", "S WITH? C NAMED? TEXT", lambda s, _w, col, _n, t: near(s, having_text(s, col, t))),
        ("S", "SUP S", lambda a, s: c.best(a, s)),
        ("S", "SUP OF S", lambda a, _, s: c.best(a, s)),
        ("S", "N SUP S", lambda n, a, s: c.best(a, s, int(n))),
        ("S", "SUP N S", lambda a, n, s: c.best(a, s, int(n))),
        ("S", "SUP S BY C", lambda a, s, _, col: over(col, lambda one: c.best_by(s, a, one))),
        ("S", "SUP S OF C", lambda a, s, _, col: over(col, lambda one: c.best_by(s, a, one))),
        ("S", "S WITH SUP C", lambda s, _, a, col: near(s, over(col, lambda one: c.best_by(s, a, one)))),
        ("S", "S WITH N SUP C", lambda s, _, n, a, col: over(col, lambda one: c.best_by(s, a, one, int(n)))),
        ("S", "N S WITH SUP C", lambda n, s, _, a, col: over(col, lambda one: c.best_by(s, a, one, int(n)))),
        ("S", "S WITH X", lambda s, _, x: near(s, extremes(s, x))),
        ("S", "S WITH SUPN S", lambda s, _, a, o: near(s, c.best_of_many(s, a, o))),
        ("S", "S REL SUPN OTHER? S", lambda s, r, a, _, o: near(s, c.best_of_many(s, a, o, r))),
        ("S", "S THAT REL SUPN OTHER? S", lambda s, _t, r, a, _, o: near(s, c.best_of_many(s, a, o, r))),
        ("S", "S WITH SUPN S REL PRON?", lambda s, _, a, o, r, _p: near(s, c.best_of_many(s, a, o, r))),
        ("S", "S OF S", lambda a, _, b: near(a, c.relate(a, b))),
        ("S", "S THAT OF S", lambda a, _t, _, b: near(a, c.relate(a, b))),
        ("S", "S WITH S", lambda a, _, b: near(a, c.relate(a, b))),
        ("S", "S NOT WITH? S", lambda a, _n, _w, b: near(a, c.relate(a, b, negated=True))),
        ("S", "S WITH NOT S", lambda a, _w, _n, b: near(a, c.relate(a, b, negated=True))),
        ("S", "S THAT NOT WITH S", lambda a, _t, _n, _w, b: near(a, c.relate(a, b, negated=True))),
        ("S", "S NOT OF S", lambda a, _n, _w, b: near(a, c.relate(a, b, negated=True))),
        ("S", "S REL S", lambda a, r, b: near(a, c.relate(a, b, r))),
        ("S", "S THAT REL S", lambda a, _, r, b: near(a, c.relate(a, b, r))),
        ("S", "S THAT S REL", lambda a, _, b, r: near(a, c.relate(a, b, r))),
        ("S", "S S REL", lambda a, b, r: near(a, c.relate(a, b, r))),
        ("S", "S REL OF S", lambda a, r, _, b: near(a, c.relate(a, b, r))),
        ("S", "S WITH S REL PRON?", lambda a, _, b, r, _p: near(a, c.relate(a, b, r))),
        ("S", "REL S OF S", lambda r, a, _, b: near(a, c.relate(a, b, r))),
        ("S", "S THAT? NOT REL OTHER? S", lambda a, _t, _n, r, _o, b: near(a, c.relate(a, b, r, negated=True))),
        ("S", "S WITH NOT REL S", lambda a, _w, _n, r, b: near(a, c.relate(a, b, r, negated=True))),
        ("S", "S REL NOT OTHER? S", lambda a, r, _n, _o, b: near(a, c.relate(a, b, r, negated=True))),
        ("S", "S REL CMP N OTHER? S", lambda a, r, o, n, _, b: near(a, c.tallied(a, o, n, b, r))),
        ("S", "S AND REL S", lambda a, _, r, b: c.relate(a, b, r)),
        ("S", "S S WITH", lambda a, b, _: near(a, c.relate(a, b))),
        ("S", "S S OF", lambda a, b, _: near(a, c.relate(a, b))),
        ("S", "OF S S", lambda _, a, b: near(a, c.relate(a, b))),
        ("S", "OF S S REL", lambda _, a, b, r: near(a, c.relate(a, b, r))),
        ("S", "THAT S S REL", lambda _, a, b, r: near(a, c.relate(a, b, r))),
        ("S", "S WITH? C CMP N", lambda s, _, col, o, n: near(s, compared(s, col, o, n))),
        ("S", "S WITH CMP N C", lambda s, _, o, n, col: near(s, compared(s, col, o, n))),
        ("S", "S CMP N C", lambda s, o, n, col: near(s, compared(s, col, o, n))),
        ("S", "S WITH? C BETWEEN N AND N", lambda s, _w, col, _b, a, _a, b: near(s, between(s, col, a, b))),
        ("S", "S WITH C OF N", lambda s, _, col, _o, n: near(s, compared(s, col, "=", n))),
        ("S", "S WITH C V", lambda s, _, col, v: near(s, having_value(s, col, v))),
        ("S", "S WITH C OF V", lambda s, _, col, _o, v: near(s, having_value(s, col, v))),
        ("S", "S OF C V", lambda s, _, col, v: near(s, having_value(s, col, v))),
        ("S", "S WITH? CMP N S", lambda a, _, o, n, b: near(a, c.tallied(a, o, n, b))),
        ("S", "S NOT OF V", lambda s, _n, _o, v: near(s, differing(s, v))),
        ("S", "S THAT? S S", lambda a, _, m, b: near(a, through(a, m, b))),
        ("S", "S TV OF? D", lambda s, tv, _, d: near(s, c.happened(s, tv, d))),
        ("S", "S THAT TV OF? D", lambda s, _t, tv, _, d: near(s, c.happened(s, tv, d))),
        ("S", "S SUP THAN S", lambda a, adj, _, b: near(a, c.beyond(a, adj, b))),
        ("S", "S THAT SUP THAN S", lambda a, _t, adj, _, b: near(a, c.beyond(a, adj, b))),
        ("S", "S SUP THAN N", lambda a, adj, _, n: near(a, c.beyond_number(a, adj, n))),
        ("S", "S THAT? OF? D", lambda s, _t, _o, d: near(s, c.within(s, d))),
        ("S", "D S", lambda d, s: c.within(s, d)),
        ("S", "S SUP", lambda s, a: ((m, n + 0.5) for m, n in c.best(a, s))),
        ("S", "EVERY N S", lambda _e, _n, s: ((s, 0.0),)),
        ("S", "A", c.referred),
        ("S", "C", lambda col: over(col, c.referred_by)),
        # columns of rows
        ("C", "COUNT C", lambda _, col: counting(col)),
        ("CL", "C AND C", lambda a, _, b: list_of((a,), (b,))),
        ("CL", "CL AND C", lambda a, _, b: list_of(a, (b,))),
        ("CL", "CL AND AND C", lambda a, _c, _, b: list_of(a, (b,))),
        ("A", "C OF S", lambda col, _, s: one_column(s, col)),
        ("A", "C S", lambda col, s: ((m, n + 0.7) for m, n in one_column(s, col))),
        ("A", "C WITH S", lambda col, _, s: ((m, n + 0.5) for m, n in one_column(s, col))),
        ("A", "CL OF S", lambda cols, _, s: several(s, cols)),
        ("A", "CL BY S", lambda cols, _, s: several(s, cols)),
        ("A", "S POSS C", lambda s, _, col: one_column(s, col)),
        ("A", "S POSS CL", lambda s, _, cols: several(s, cols)),
        ("A", "S C", lambda s, col: ((m, n + 0.5) for m, n in one_column(s, col))),
        ("A", "X OF S", lambda x, _, s: c.extreme_values(s, x)),
        ("A", "X OF V", lambda x, _, v: extreme_filter(x, v)),
        ("A", "X", lambda x: ((m, n + 0.5) for m, n in c.extreme_values(Rows(x.by.table), x))),
        ("A", "C OF X OF S", lambda col, _o, x, _, s: extreme_measure(c, s, x, col)),
        ("A", "C OF X OF V", lambda col, _o, x, _, v: extreme_measure_of(c, v, x, col)),
        ("A", "C OF V", lambda col, _, v: filter_values(col, v)),
        ("A", "HOW ADJ S", lambda _, a, s: c.measure(s, a)),
        ("A", "HOW ADJ V", lambda _, _a, v: extreme_of_named(c, v)),
        ("A", "HOW ADJ X OF S", lambda _, a, x, _o, s: c.extreme_values(s, x, x.by)),
        ("A", "HOW ADJ X OF V", lambda _, a, x, _o, v: extreme_measure_of(c, v, x, (x.by,))),
        ("A", "COUNT C OF S", lambda _n, col, _, s: count_column(col, s)),
        ("A", "COUNT C S WITH?", lambda _n, col, s, _: count_column(col, s)),
        ("A", "A OF S", lambda a, _, s: trailing(a, s)),
        # measures
        ("Q", "AGG A", aggregate),
        ("Q", "A AFTER", lambda a, f: aggregate(f, a)),
        ("Q", "AGG C", whole),
        ("Q", "AGG OF C", lambda f, _, col: whole(f, col)),
        ("Q", "AGG OF S", lambda f, _, s: ((m, n - 0.3) for m, n in c.totalled(f, s))),
        ("Q", "A", c.summed),
        ("Q", "COUNT S", lambda _, s: number(s)),
        ("Q", "S COUNT", lambda s, _: ((m, n + 0.5) for m, n in number(s))),
        ("Q", "MET", c.metric),
        ("Q", "MET OF S", lambda m, _, s: c.metric(m, s)),
        ("Q", "S MET", lambda s, m: c.metric(m, s)),
        ("Q", "Q OF S", lambda q, _, s: c.asked_of(q, s)),
        ("Q", "Q OF? D", lambda q, _, d: c.asked_within(q, d)),
        ("Q", "D Q", lambda d, q: c.asked_within(q, d)),
        ("Q", "Q OF V", lambda q, _, v: c.asked_where(q, v)),
        ("Q", "Q AND Q", lambda a, _, b: c.joined(a, b)),
        ("Q", "AGG AND AGG C", lambda f, _, g, col: both(whole(f, col), whole(g, col), c)),
        ("Q", "AGG AND AGG A", lambda f, _, g, a: both(aggregate(f, a), aggregate(g, a), c)),
        ("Q", "AGG AND AGG AND AGG A", lambda f, _, g, _a, h, a: three(aggregate(f, a), aggregate(g, a), aggregate(h, a), c)),
        ("G", "C", lambda col: (((one,), 0.0) for one in col)),
        ("Q", "Q BY G", lambda q, _, g: c.grouped(q, g)),
        ("Q", "Q EACH G", lambda q, _, g: c.grouped(q, g)),
        ("Q", "Q BY S", lambda q, _, s: c.grouped_by_rows(q, s)),
        ("Q", "Q OF? EACH S", lambda q, _o, _, s: c.grouped_by_rows(q, s)),
        ("Q", "Q BY EACH S", lambda q, _o, _, s: c.grouped_by_rows(q, s)),
        ("Q", "Q BY UNIT", lambda q, _, u: c.grouped_by_time(q, u)),
        ("Q", "Q EACH UNIT", lambda q, _, u: c.grouped_by_time(q, u)),
        ("Q", "UNIT Q", lambda u, q: c.grouped_by_time(q, u)),
        ("Q", "EACH S Q", lambda _, s, q: c.grouped_by_rows(q, s)),
        ("Q", "BY S Q", lambda _, s, q: c.grouped_by_rows(q, s)),
        ("Q", "BY G Q", lambda _, g, q: c.grouped(q, g)),
        ("Q", "S BY Q", lambda s, _, q: c.listed_with(s, q)),
        ("Q", "S AND Q", lambda s, _, q: c.listed_with(s, q)),
        ("Q", "TOP N S BY Q", lambda _t, n, s, _, q: c.best_groups(s, q, descending=True, limit=int(n))),
        ("Q", "BOTTOM N S BY Q", lambda _t, n, s, _, q: c.best_groups(s, q, descending=False, limit=int(n))),
        ("Q", "S WITH SUP Q", lambda s, _, a, q: c.best_groups(s, q, descending=a.sign > 0, limit=1)),
        ("Q", "N S WITH SUP Q", lambda n, s, _, a, q: c.best_groups(s, q, descending=a.sign > 0, limit=int(n))),
        ("Q", "TOP N S WITH SUP Q", lambda _t, n, s, _, a, q: c.best_groups(s, q, descending=a.sign > 0, limit=int(n))),
        ("Q", "S BY SUP Q", lambda s, _, a, q: c.best_groups(s, q, descending=a.sign > 0, limit=1)),
        ("Q", "N S WITH SUPN S", lambda n, s, _, a, o: c.best_groups(s, Asked(o, (Aggregate("count"),)), descending=a.sign > 0, limit=int(n))),
        ("Q", "TOP N S WITH SUPN S", lambda _t, n, s, _, a, o: c.best_groups(s, Asked(o, (Aggregate("count"),)), descending=a.sign > 0, limit=int(n))),
        ("Q", "WH? C WITH SUPN S", lambda _w, col, _, a, o: of_columns(c, col, Asked(o, (Aggregate("count"),)), a, 1)),
        ("Q", "WH? C WITH SUP Q", lambda _w, col, _, a, q: of_columns(c, col, q, a, 1)),
        ("Q", "TOP N C BY Q", lambda _t, n, col, _, q: of_columns(c, col, q, lexicon.adjective("highest"), int(n))),
        ("S", "TOP N S BY C", lambda _t, n, s, _, col: top_by(n, s, col)),
        ("S", "BOTTOM N S BY C", lambda _t, n, s, _, col: top_by(n, s, col, most=False)),
        ("S", "TOP N SUP S", lambda _t, n, a, s: c.best(a, s, int(n))),
        # whole questions
        ("ASK", "Q", lambda q: ((q, 0.0),)),
        ("ASK", "S", lambda s: ((Asked(s), 0.0),)),
        ("ASK", "WH S", lambda _, s: ((Asked(s), 0.0),)),
        ("ASK", "A", c.shown),
        ("ASK", "CL", lambda cols: whole_columns(cols)),
        ("ASK", "C", lambda col: ((Asked(Rows(one.table), (one,)), 0.5) for one in col)),
        ("ASK", "WH A", lambda _, a: c.shown(a)),
        ("ASK", "WHERE A", lambda _, a: c.shown(a)),
        ("ASK", "WHERE S", lambda _, s: c.located(s)),
        ("ASK", "ASK ORDER C", lambda q, _, col: over(col, lambda one: c.ordered(q, one, descending=False))),
        ("ASK", "ASK ORDER C DESC", lambda q, _, col, _d: over(col, lambda one: c.ordered(q, one, descending=True))),
        ("ASK", "ASK ORDER C ASC", lambda q, _, col, _d: over(col, lambda one: c.ordered(q, one, descending=False))),
        ("ASK", "ASK DESC OF C", lambda q, _, _o, col: over(col, lambda one: c.ordered(q, one, descending=True))),
        ("ASK", "ASK ASC OF C", lambda q, _, _o, col: over(col, lambda one: c.ordered(q, one, descending=False))),
        ("ASK", "TOP N ASK", lambda _, n, q: c.limited(q, int(n))),
    ]  # fmt: skip

    def whole_columns(lists: tuple[tuple[Column, ...], ...]) -> Found:
        tables = {column.table for columns in lists for column in columns}
        for name in tables:
            for values, cost in several(Rows(name), lists):
                assert isinstance(values, Values)
                if all(column.table == name for column in values.columns):
                    yield Asked(values.rows, values.columns), cost + 0.5

    made = [rule for left, right, combine in table for rule in expanded(left, right, combine)]
    # A noun that a question word stands before is the one that is asked for, wherever it stands.
    asked_for = [
        Rule("SW", ("WH", "S"), lambda _, s: ((s, 0.0),)),
        Rule("S", ("SW",), lambda s: ((s, 0.1),)),
        Rule("ASK", ("S", "REL", "SW"), lambda b, r, a: asked(c.relate(a, b, r))),
        Rule("ASK", ("S", "OF", "SW"), lambda b, _, a: asked(c.relate(a, b))),
        Rule("ASK", ("V", "C", "OF", "SW"), lambda v, col, _, a: asked(having_value(a, col, v))),
        Rule("ASK", ("SW", "V", "C", "OF"), lambda a, v, col, _: asked(having_value(a, col, v))),
        Rule("ASK", ("SW", "POSS", "C", "V"), lambda a, _, col, v: asked(having_value(a, col, v))),
    ]
    return [*made, *asked_for]


def expanded(left: str, right: str, combine: Any) -> list[Rule]:
    """Rules for a pattern in which `NAME?` may be left out; a part that is left out combines as None."""
    parts = right.split()
    variants: list[tuple[tuple[str, ...], tuple[bool, ...]]] = [((), ())]
    for part in parts:
        name, optional = part.rstrip("?"), part.endswith("?")
        variants = [
            (names + ((name,) if there else ()), given + (there,))
            for names, given in variants
            for there in ((True, False) if optional else (True,))
        ]

    def filled(given: tuple[bool, ...]) -> Any:
        def combined(*parts: Any) -> Any:
            values = iter(parts)
            return combine(*(next(values) if there else None for there in given))

        return combine if all(given) else combined

    return [Rule(left, names, filled(given)) for names, given in variants]


def of_columns(c: Combining, columns: tuple[Column, ...], measured: Asked, adjective: Any, count: int) -> Found:
    """The city with the most customers, where cities are a column."""
    for column in columns:
        for grouped, cost in c.grouped(measured, (column,)):
            assert isinstance(grouped, Asked)
            for found, more in c.ranked(grouped, descending=adjective.sign > 0, limit=count):
                yield found, cost + more + 0.2


def asked(found: Found) -> Found:
    for rows, cost in found:
        assert isinstance(rows, Rows)
        yield Asked(rows), cost - 0.5


def both(one: Found, other: Found, c: Combining) -> Found:
    others = list(other)
    for a, cost in one:
        for b, more in others:
            assert isinstance(a, Asked) and isinstance(b, Asked)
            for joined, extra in c.joined(a, b):
                yield joined, cost + more + extra


def three(one: Found, other: Found, third: Found, c: Combining) -> Found:
    yield from both(both(one, other, c), third, c)


def extreme_of_named(c: Combining, value: Is) -> Found:
    """How high is Guadalupe Peak, which stands where the highest points do."""
    by = c.knowledge.facts(value.column).extreme_of
    if by is not None:
        yield from c.values(Rows(by.table, frozenset({value})), (by,))


def extreme_measure(c: Combining, rows: Rows, extreme: Any, columns: tuple[Column, ...]) -> Found:
    """The elevation of the highest point."""
    if extreme.by in columns:
        yield from c.extreme_values(rows, extreme, extreme.by)


def extreme_measure_of(c: Combining, value: Is, extreme: Any, columns: tuple[Column, ...]) -> Found:
    if extreme.by in columns:
        for rows, cost in c.filtered(Rows(extreme.by.table), value):
            assert isinstance(rows, Rows)
            for found, more in c.extreme_values(rows, extreme, extreme.by):
                yield found, cost + more
