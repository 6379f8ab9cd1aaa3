"""The grammar of English questions: function words, and rules for its phrases."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# (the type of a meaning depends on its category)

from typing import Any

from aistack.ai.rules.grammar.chart_parser import SKIP, Rule, expand_optional
from aistack.ai.rules.grammar.lexicon import Lexicon, Words
from aistack.ai.rules.meaning.logical_form import Query, RowSet
from aistack.ai.rules.meaning.phrase_composer import PhraseComposer

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
    "TOTAL": "total overall the_total combined",
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
    """Function words with their categories."""
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
    """The rules over one schema; its `lexicon` resolves adjectives."""
    c = PhraseComposer(lexicon.graph)
    highest, lowest = lexicon.adjective("highest"), lexicon.adjective("lowest")

    table: list[tuple[str, str, Any]] = [
        # sets of rows
        ("S", "V", c.rows_named),
        ("S", "S S", c.apposition),
        ("S", "S OFOF S", lambda a, _, b: c.penalize(c.apposition(a, b), -0.4)),
        ("S", "S S", c.adjacent_names),
        ("S", "V S", lambda v, s: c.described_by(s, v)),
        ("S", "F S", lambda f, s: c.with_quality(s, f)),
        ("S", "S WITH? V", lambda s, _, v: c.prefer_nearest(s, c.described_by(s, v))),
        ("S", "S OF V", lambda s, _, v: c.prefer_nearest(s, c.described_by(s, v))),
        ("S", "S THAT V", lambda s, _, v: c.prefer_nearest(s, c.described_by(s, v))),
        ("S", "S THAT? NOT V", lambda s, _t, _n, v: c.prefer_nearest(s, c.negated(s, v))),
        ("S", "S V WITH", lambda s, v, _: c.described_by(s, v)),
        ("S", "NOT V S", lambda _, v, s: c.negated(s, v)),
        ("S", "S NOT F", lambda s, _, f: c.negated(s, f)),
        ("S", "S NAMED S", lambda s, _, o: c.apposition(s, o)),
        ("S", "S NAMED TEXT", lambda s, _, t: c.with_name_text(s, t)),
        ("S", "S TEXT", lambda s, t: c.penalize(c.with_name_text(s, t), 1.0)),
        ("S", "S WITH? C NAMED? TEXT", lambda s, _w, col, _n, t: c.prefer_nearest(s, c.with_column_text(s, col, t))),
        ("S", "SUP S", lambda a, s: c.superlative(a, s)),
        ("S", "SUP OF S", lambda a, _, s: c.superlative(a, s)),
        ("S", "N SUP S", lambda n, a, s: c.superlative(a, s, int(n))),
        ("S", "SUP N S", lambda a, n, s: c.superlative(a, s, int(n))),
        ("S", "SUP S BY C", lambda a, s, _, col: c.over_columns(col, lambda one: c.superlative_by(s, a, one))),
        ("S", "SUP S OF C", lambda a, s, _, col: c.over_columns(col, lambda one: c.superlative_by(s, a, one))),
        ("S", "S WITH SUP C", lambda s, _, a, col: c.prefer_nearest(s, c.over_columns(col, lambda one: c.superlative_by(s, a, one)))),
        ("S", "S WITH N SUP C", lambda s, _, n, a, col: c.over_columns(col, lambda one: c.superlative_by(s, a, one, int(n)))),
        ("S", "N S WITH SUP C", lambda n, s, _, a, col: c.over_columns(col, lambda one: c.superlative_by(s, a, one, int(n)))),
        ("S", "S WITH X", lambda s, _, x: c.prefer_nearest(s, c.superlative_by_extreme(s, x))),
        ("S", "S WITH SUPN S", lambda s, _, a, o: c.prefer_nearest(s, c.superlative_by_count(s, a, o))),
        ("S", "S REL SUPN OTHER? S", lambda s, r, a, _, o: c.prefer_nearest(s, c.superlative_by_count(s, a, o, r))),
        ("S", "S THAT REL SUPN OTHER? S", lambda s, _t, r, a, _, o: c.prefer_nearest(s, c.superlative_by_count(s, a, o, r))),
        ("S", "S WITH SUPN S REL PRON?", lambda s, _, a, o, r, _p: c.prefer_nearest(s, c.superlative_by_count(s, a, o, r))),
        ("S", "S OF S", lambda a, _, b: c.prefer_nearest(a, c.related(a, b))),
        ("S", "S THAT OF S", lambda a, _t, _, b: c.prefer_nearest(a, c.related(a, b))),
        ("S", "S WITH S", lambda a, _, b: c.prefer_nearest(a, c.related(a, b))),
        ("S", "S NOT WITH? S", lambda a, _n, _w, b: c.prefer_nearest(a, c.related(a, b, negated=True))),
        ("S", "S WITH NOT S", lambda a, _w, _n, b: c.prefer_nearest(a, c.related(a, b, negated=True))),
        ("S", "S THAT NOT WITH S", lambda a, _t, _n, _w, b: c.prefer_nearest(a, c.related(a, b, negated=True))),
        ("S", "S NOT OF S", lambda a, _n, _w, b: c.prefer_nearest(a, c.related(a, b, negated=True))),
        ("S", "S REL S", lambda a, r, b: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "S THAT REL S", lambda a, _, r, b: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "S THAT S REL", lambda a, _, b, r: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "S S REL", lambda a, b, r: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "S REL OF S", lambda a, r, _, b: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "S WITH S REL PRON?", lambda a, _, b, r, _p: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "REL S OF S", lambda r, a, _, b: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "S THAT? NOT REL OTHER? S", lambda a, _t, _n, r, _o, b: c.prefer_nearest(a, c.related(a, b, r, negated=True))),
        ("S", "S WITH NOT REL S", lambda a, _w, _n, r, b: c.prefer_nearest(a, c.related(a, b, r, negated=True))),
        ("S", "S REL NOT OTHER? S", lambda a, r, _n, _o, b: c.prefer_nearest(a, c.related(a, b, r, negated=True))),
        ("S", "S REL CMP N OTHER? S", lambda a, r, o, n, _, b: c.prefer_nearest(a, c.with_related_count(a, o, n, b, r))),
        ("S", "S AND REL S", lambda a, _, r, b: c.related(a, b, r)),
        ("S", "S S WITH", lambda a, b, _: c.prefer_nearest(a, c.related(a, b))),
        ("S", "S S OF", lambda a, b, _: c.prefer_nearest(a, c.related(a, b))),
        ("S", "OF S S", lambda _, a, b: c.prefer_nearest(a, c.related(a, b))),
        ("S", "OF S S REL", lambda _, a, b, r: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "THAT S S REL", lambda _, a, b, r: c.prefer_nearest(a, c.related(a, b, r))),
        ("S", "S WITH? C CMP N", lambda s, _, col, o, n: c.prefer_nearest(s, c.compare_columns(s, col, o, n))),
        ("S", "S WITH CMP N C", lambda s, _, o, n, col: c.prefer_nearest(s, c.compare_columns(s, col, o, n))),
        ("S", "S CMP N C", lambda s, o, n, col: c.prefer_nearest(s, c.compare_columns(s, col, o, n))),
        ("S", "S WITH? C BETWEEN N AND N", lambda s, _w, col, _b, a, _a, b: c.prefer_nearest(s, c.between(s, col, a, b))),
        ("S", "S WITH C OF N", lambda s, _, col, _o, n: c.prefer_nearest(s, c.compare_columns(s, col, "=", n))),
        ("S", "S WITH C V", lambda s, _, col, v: c.prefer_nearest(s, c.with_column_value(s, col, v))),
        ("S", "S WITH C OF V", lambda s, _, col, _o, v: c.prefer_nearest(s, c.with_column_value(s, col, v))),
        ("S", "S OF C V", lambda s, _, col, v: c.prefer_nearest(s, c.with_column_value(s, col, v))),
        ("S", "S WITH? CMP N S", lambda a, _, o, n, b: c.prefer_nearest(a, c.with_related_count(a, o, n, b))),
        ("S", "S NOT OF V", lambda s, _n, _o, v: c.prefer_nearest(s, c.negated(s, v))),
        ("S", "S THAT? S S", lambda a, _, m, b: c.prefer_nearest(a, c.related_through(a, m, b))),
        ("S", "S TV OF? D", lambda s, tv, _, d: c.prefer_nearest(s, c.dated_within(s, tv, d))),
        ("S", "S THAT TV OF? D", lambda s, _t, tv, _, d: c.prefer_nearest(s, c.dated_within(s, tv, d))),
        ("S", "S SUP THAN S", lambda a, adj, _, b: c.prefer_nearest(a, c.compare_to_rows(a, adj, b))),
        ("S", "S THAT SUP THAN S", lambda a, _t, adj, _, b: c.prefer_nearest(a, c.compare_to_rows(a, adj, b))),
        ("S", "S SUP THAN N", lambda a, adj, _, n: c.prefer_nearest(a, c.compare_to_number(a, adj, n))),
        ("S", "S THAT? OF? D", lambda s, _t, _o, d: c.prefer_nearest(s, c.within_span(s, d))),
        ("S", "D S", lambda d, s: c.within_span(s, d)),
        ("S", "S SUP", lambda s, a: c.penalize(c.superlative(a, s), 0.5)),
        ("S", "EVERY N S", lambda _e, _n, s: ((s, 0.0),)),
        ("S", "A", c.referenced_rows),
        ("S", "C", lambda col: c.over_columns(col, c.rows_referenced_by)),
        # columns of rows
        ("C", "COUNT C", lambda _, col: c.countable_columns(col)),
        ("CL", "C AND C", lambda a, _, b: (((a, b), 0.0),)),
        ("CL", "CL AND C", lambda a, _, b: (((*a, b), 0.0),)),
        ("CL", "CL AND AND C", lambda a, _c, _, b: (((*a, b), 0.0),)),
        ("A", "C OF S", lambda col, _, s: c.column_values(s, col)),
        ("A", "C S", lambda col, s: c.penalize(c.column_values(s, col), 0.7)),
        ("A", "C WITH S", lambda col, _, s: c.penalize(c.column_values(s, col), 0.5)),
        ("A", "CL OF S", lambda cols, _, s: c.column_list_values(s, cols)),
        ("A", "CL BY S", lambda cols, _, s: c.column_list_values(s, cols)),
        ("A", "S POSS C", lambda s, _, col: c.column_values(s, col)),
        ("A", "S POSS CL", lambda s, _, cols: c.column_list_values(s, cols)),
        ("A", "S C", lambda s, col: c.compound_noun(s, col)),
        ("A", "X OF S", lambda x, _, s: c.extreme_values(s, x)),
        ("A", "X OF V", lambda x, _, v: c.extreme_of_value(x, v)),
        ("A", "X", lambda x: c.penalize(c.extreme_values(RowSet(x.by.table), x), 0.5)),
        ("A", "C OF X OF S", lambda col, _o, x, _, s: c.extreme_measure(s, x, col)),
        ("A", "C OF X OF V", lambda col, _o, x, _, v: c.extreme_measure_of(v, x, col)),
        ("A", "C OF V", lambda col, _, v: c.column_of_value(col, v)),
        ("A", "HOW ADJ S", lambda _, a, s: c.adjective_values(s, a)),
        ("A", "HOW ADJ V", lambda _, _a, v: c.extreme_of_named(v)),
        ("A", "HOW ADJ X OF S", lambda _, a, x, _o, s: c.extreme_values(s, x, x.by)),
        ("A", "HOW ADJ X OF V", lambda _, a, x, _o, v: c.extreme_measure_of(v, x, (x.by,))),
        ("A", "COUNT C OF S", lambda _n, col, _, s: c.stored_count(col, s)),
        ("A", "COUNT C S WITH?", lambda _n, col, s, _: c.stored_count(col, s)),
        ("A", "A OF S", lambda a, _, s: c.trailing_modifier(a, s)),
        # measures
        ("Q", "AGG A", c.aggregate),
        ("Q", "A AFTER", lambda a, f: c.aggregate(f, a)),
        ("Q", "AGG C", c.aggregate_all),
        ("Q", "AGG OF C", lambda f, _, col: c.aggregate_all(f, col)),
        ("Q", "AGG S", lambda f, s: c.penalize(c.total_of_rows(f, s), 0.3)),
        ("Q", "TOTAL S", lambda _, s: c.penalize(c.total_or_count(s), 0.2)),
        ("Q", "AGG OF S", lambda f, _, s: c.penalize(c.total_of_rows(f, s), -0.3)),
        ("Q", "A", c.implicit_sum),
        ("Q", "COUNT S", lambda _, s: c.count(s)),
        ("Q", "S COUNT", lambda s, _: c.penalize(c.count(s), 0.5)),
        ("Q", "MET", c.metric_query),
        ("Q", "MET OF S", lambda m, _, s: c.metric_query(m, s)),
        ("Q", "S MET", lambda s, m: c.metric_query(m, s)),
        ("Q", "Q OF S", lambda q, _, s: c.restrict_to_rows(q, s)),
        ("Q", "Q OF? D", lambda q, _, d: c.restrict_to_span(q, d)),
        ("Q", "D Q", lambda d, q: c.restrict_to_span(q, d)),
        ("Q", "Q OF V", lambda q, _, v: c.restrict_by_value(q, v)),
        ("Q", "Q AND Q", lambda a, _, b: c.merge_outputs(a, b)),
        ("Q", "AGG AND AGG C", lambda f, _, g, col: c.merge_all(c.aggregate_all(f, col), c.aggregate_all(g, col))),
        ("Q", "AGG AND AGG A", lambda f, _, g, a: c.merge_all(c.aggregate(f, a), c.aggregate(g, a))),
        ("Q", "AGG AND AGG AND AGG A", lambda f, _, g, _a, h, a: c.merge_all(c.aggregate(f, a), c.aggregate(g, a), c.aggregate(h, a))),
        ("G", "C", lambda col: (((one,), 0.0) for one in col)),
        ("Q", "Q BY G", lambda q, _, g: c.group_by(q, g)),
        ("Q", "Q EACH G", lambda q, _, g: c.group_by(q, g)),
        ("Q", "Q BY S", lambda q, _, s: c.group_by_rows(q, s)),
        ("Q", "Q OF? EACH S", lambda q, _o, _, s: c.group_by_rows(q, s)),
        ("Q", "Q BY EACH S", lambda q, _o, _, s: c.group_by_rows(q, s)),
        ("Q", "Q BY UNIT", lambda q, _, u: c.group_by_time(q, u)),
        ("Q", "Q EACH UNIT", lambda q, _, u: c.group_by_time(q, u)),
        ("Q", "UNIT Q", lambda u, q: c.group_by_time(q, u)),
        ("Q", "EACH S Q", lambda _, s, q: c.group_by_rows(q, s)),
        ("Q", "BY S Q", lambda _, s, q: c.group_by_rows(q, s)),
        ("Q", "BY G Q", lambda _, g, q: c.group_by(q, g)),
        ("Q", "S BY Q", lambda s, _, q: c.list_with_aggregate(s, q)),
        ("Q", "S AND Q", lambda s, _, q: c.list_with_aggregate(s, q)),
        ("Q", "TOP N S BY Q", lambda _t, n, s, _, q: c.top_groups(s, q, descending=True, limit=int(n))),
        ("Q", "BOTTOM N S BY Q", lambda _t, n, s, _, q: c.top_groups(s, q, descending=False, limit=int(n))),
        ("Q", "S WITH SUP Q", lambda s, _, a, q: c.top_groups(s, q, descending=a.sign > 0, limit=1)),
        ("Q", "N S WITH SUP Q", lambda n, s, _, a, q: c.top_groups(s, q, descending=a.sign > 0, limit=int(n))),
        ("Q", "TOP N S WITH SUP Q", lambda _t, n, s, _, a, q: c.top_groups(s, q, descending=a.sign > 0, limit=int(n))),
        ("Q", "S BY SUP Q", lambda s, _, a, q: c.top_groups(s, q, descending=a.sign > 0, limit=1)),
        ("Q", "N S WITH SUPN S", lambda n, s, _, a, o: c.top_groups(s, c.count_query(o), descending=a.sign > 0, limit=int(n))),
        ("Q", "TOP N S WITH SUPN S", lambda _t, n, s, _, a, o: c.top_groups(s, c.count_query(o), descending=a.sign > 0, limit=int(n))),
        ("Q", "WH? C WITH SUPN S", lambda _w, col, _, a, o: c.top_columns(col, c.count_query(o), a, 1)),
        ("Q", "WH? C WITH SUP Q", lambda _w, col, _, a, q: c.top_columns(col, q, a, 1)),
        ("Q", "TOP N C BY Q", lambda _t, n, col, _, q: c.top_columns(col, q, highest, int(n))),
        ("S", "TOP N S BY C", lambda _t, n, s, _, col: c.superlative_by_columns(s, col, highest, n)),
        ("S", "BOTTOM N S BY C", lambda _t, n, s, _, col: c.superlative_by_columns(s, col, lowest, n)),
        ("S", "TOP N SUP S", lambda _t, n, a, s: c.superlative(a, s, int(n))),
        # whole questions
        ("ASK", "Q", lambda q: ((q, 0.0),)),
        ("ASK", "S", lambda s: ((Query(s), 0.0),)),
        ("ASK", "WH S", lambda _, s: ((Query(s), 0.0),)),
        ("ASK", "A", c.select),
        ("ASK", "CL", c.select_columns),
        ("ASK", "C", lambda col: ((Query(RowSet(one.table), (one,)), 0.5) for one in col)),
        ("ASK", "WH A", lambda _, a: c.select(a)),
        ("ASK", "WHERE A", lambda _, a: c.select(a)),
        ("ASK", "WHERE S", lambda _, s: c.location(s)),
        ("ASK", "ASK ORDER C", lambda q, _, col: c.over_columns(col, lambda one: c.order_by(q, one, descending=False))),
        ("ASK", "ASK ORDER C DESC", lambda q, _, col, _d: c.over_columns(col, lambda one: c.order_by(q, one, descending=True))),
        ("ASK", "ASK ORDER C ASC", lambda q, _, col, _d: c.over_columns(col, lambda one: c.order_by(q, one, descending=False))),
        ("ASK", "ASK DESC OF C", lambda q, _, _o, col: c.over_columns(col, lambda one: c.order_by(q, one, descending=True))),
        ("ASK", "ASK ASC OF C", lambda q, _, _o, col: c.over_columns(col, lambda one: c.order_by(q, one, descending=False))),
        ("ASK", "TOP N ASK", lambda _, n, q: c.with_limit(q, int(n))),
        # the noun after a question word is the one that is asked for, wherever it is
        ("SW", "WH S", lambda _, s: ((s, 0.0),)),
        ("S", "SW", lambda s: ((s, 0.1),)),
        ("ASK", "S REL SW", lambda b, r, a: c.row_query(c.related(a, b, r))),
        ("ASK", "S OF SW", lambda b, _, a: c.row_query(c.related(a, b))),
        ("ASK", "V C OF SW", lambda v, col, _, a: c.row_query(c.with_column_value(a, col, v))),
        ("ASK", "SW V C OF", lambda a, v, col, _: c.row_query(c.with_column_value(a, col, v))),
        ("ASK", "SW POSS C V", lambda a, _, col, v: c.row_query(c.with_column_value(a, col, v))),
    ]  # fmt: skip
    return [rule for left, right, combine in table for rule in expand_optional(left, right, combine)]
