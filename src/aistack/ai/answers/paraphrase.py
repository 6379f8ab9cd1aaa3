"""Paraphrases a logical form in English or Chinese, so that people see how their question was understood."""

from datetime import date, timedelta

from aistack.ai.answers.typography import spaced
from aistack.ai.generation.candidates import Headline
from aistack.ai.rules.meaning.logical_form import (
    GRAIN_FUNCTIONS,
    Aggregate,
    AggregateCondition,
    ColumnCondition,
    ComparisonCondition,
    Condition,
    DefinedCondition,
    Function,
    Group,
    Output,
    Query,
    RelatedAggregate,
    RelationCondition,
    RowSet,
    Superlative,
    TimeBucket,
)
from aistack.ai.schema.profiles import Column, Scalar
from aistack.ai.schema.schema_graph import Metric, SchemaGraph
from aistack.ai.text.english_nouns import plural_noun, singular_noun

FUNCTIONS: dict[Function, str] = {
    "count": "number", "sum": "total", "avg": "average", "min": "lowest", "max": "highest",
}  # fmt: skip
FUNCTIONS_CHINESE: dict[Function, str] = {
    "count": "{}数量", "sum": "{}总和", "avg": "平均{}", "min": "最低{}", "max": "最高{}",
}  # fmt: skip
UNITS_CHINESE = {"day": "日", "week": "周", "month": "月", "quarter": "季度", "year": "年"}
OPERATORS_CHINESE = {"=": "为", "≠": "不为", "<>": "不为", ">": "大于", ">=": "大于等于", "<": "小于", "<=": "小于等于"}
COUNTS = {">": "more than", ">=": "at least", "<": "fewer than", "<=": "at most", "=": "exactly"}
COUNTS_CHINESE = {">": "超过", ">=": "至少", "<": "少于", "<=": "至多", "=": "正好"}


class Paraphraser:
    """Paraphrases in one language."""

    def __init__(self, graph: SchemaGraph, chinese: bool) -> None:
        self.graph, self.chinese = graph, chinese

    def query(self, query: Query) -> str:
        """What a query shows, as a noun phrase."""
        outputs = [self.output(one, query.rows) for one in query.outputs]
        groups = list(dict.fromkeys(self.group(one, query.rows.table) for one in query.groups))
        order = "" if query.order is None or isinstance(query.order, TimeBucket) or groups else query.order
        text = self._base_chinese(outputs, query) if self.chinese else self._base(outputs, groups, query)
        if self.chinese:
            text += f"，按{'、'.join(groups)}分组" if groups else ""
            if groups and query.limit:
                return spaced(f"{text}，取{'最高' if query.descending else '最低'}的 {query.limit} 个")
            direction = "降序" if query.descending else "升序"
            text += f"，按{self.output(order, query.rows)}{direction}排列" if order else ""
            return spaced(text + (f"，前 {query.limit} 个" if query.limit else ""))
        if groups and query.limit:
            return f"{text}, {'top' if query.descending else 'bottom'} {query.limit}"
        if order:
            text += f", sorted by {self.output(order, query.rows)}, {'descending' if query.descending else 'ascending'}"
        return text + (f", first {query.limit}" if query.limit else "")

    def headline(self, query: Query) -> Headline | None:
        """What the result's rows have the most or the least of, if the query selects them by that."""
        best = query.rows.superlative
        if not query.outputs and best is not None and best.count == 1 and not query.limit:
            return Headline(self._ranked_among(best, query.rows), has_value=False)
        if len(query.outputs) != 1 or not query.groups or query.limit != 1 or query.order != query.outputs[0]:
            return None
        output = query.outputs[0]
        if isinstance(output, Aggregate) and output.column is None:
            rows = self.rows(query.rows)
            if self.chinese:
                return Headline(f"{rows}最{'多' if query.descending else '少'}", has_value=True)
            return Headline(f"the {'most' if query.descending else 'fewest'} {rows}", has_value=True)
        if self.chinese:
            text = self._base_chinese([self.output(output, query.rows)], query)
            return Headline(f"{text}最{'高' if query.descending else '低'}", has_value=True)
        text = self.query(Query(query.rows, query.outputs))
        return Headline(f"the {'highest' if query.descending else 'lowest'} {text}", has_value=True)

    def output(self, one: Output | Group, rows: RowSet) -> str:
        """A column, an aggregate or a metric, without its rows."""
        if isinstance(one, Column):
            return self.column(one, rows.table)
        if isinstance(one, Metric):
            return self._name(one.name.replace("_", " "), list(one.names))
        if isinstance(one, TimeBucket):
            return self.group(one, rows.table)
        return self.aggregate(one, rows.table)

    def aggregate(self, one: Aggregate, table: str) -> str:
        """An aggregate, without the rows that it counts."""
        if one.column is None:
            return FUNCTIONS_CHINESE["count"].format("") if self.chinese else FUNCTIONS["count"]
        column = self.column(one.column, table)
        if one.function in GRAIN_FUNCTIONS and self.graph.repeats(table, one.column.table):
            column += "（每个只计一次）" if self.chinese else " (each once)"
        if self.chinese:
            is_total = one.function == "sum" and column in ("总额", "总计", "合计")
            return column if is_total else FUNCTIONS_CHINESE[one.function].format(column)
        return column if one.function == "sum" and column == "total" else f"{FUNCTIONS[one.function]} {column}"

    def group(self, one: Group, table: str) -> str:
        """What results are grouped by."""
        if isinstance(one, TimeBucket):
            return UNITS_CHINESE[one.unit] if self.chinese else one.unit
        if one.name in self.graph.tables[one.table].label and one.table != table:
            return self.table(one.table) if self.chinese else singular_noun(self.table(one.table))
        return self.column(one, "")

    def rows(self, rows: RowSet) -> str:
        """A row set as a noun with its modifiers."""
        name, best, modifiers = self.table(rows.table), rows.superlative, self._modifiers(rows)
        if self.chinese:
            if best is None:
                return f"{modifiers}{name}"
            among = f"{modifiers}{name}中" if modifiers else ""
            many = f"前 {best.count} 个" if best.count > 1 else ""
            return f"{among}{self._superlative_phrase(best, rows.table)}的{many}{name}"
        if best is None:
            return f"{plural_noun(name)}{modifiers}"
        noun = f"{best.count} {plural_noun(name)}" if best.count > 1 else singular_noun(name)
        return f"the {noun}{modifiers} with {self._superlative_phrase(best, rows.table)}"

    def related(self, one: RelatedAggregate) -> str:
        """An aggregate over related rows."""
        rows = self.rows(one.rows)
        if one.column is None:
            return FUNCTIONS_CHINESE["count"].format(rows) if self.chinese else f"number of {rows}"
        column = self.column(one.column, "")
        if self.chinese:
            return f"{rows}的{FUNCTIONS_CHINESE[one.function].format(column)}"
        return f"{FUNCTIONS[one.function]} {column} of {rows}"

    def column(self, column: Column, table: str) -> str:
        """A column; with its table's name if that is not `table`."""
        name = self._name(column.name, self.graph.profile(column).names)
        if column.table == table or not table:
            return name
        return (
            f"{self.table(column.table)}的{name}"
            if self.chinese
            else f"{name} of {singular_noun(self.table(column.table))}"
        )

    def table(self, name: str) -> str:
        """What a table is called."""
        return self._name(name.rpartition(".")[2], self.graph.tables[name].names)

    def _modifiers(self, rows: RowSet) -> str:
        """The conditions of a row set; the values of rows it refers to read like its own."""
        conditions: list[tuple[Condition, str]] = []
        for one in rows.ordered_conditions:
            referenced = _referenced_values(one)
            conditions += [(value, rows.table) for value in referenced] or [(one, rows.table)]
        if self.chinese:
            texts = [self._condition_chinese(one, table) for one, table in conditions]
            return f"{'、'.join(texts)}的" if texts else ""
        related = [self._condition(one, table) for one, table in conditions if _is_relation(one)]
        own = [self._condition(one, table) for one, table in conditions if not _is_relation(one)]
        return (f" {' and '.join(related)}" if related else "") + (f" where {' and '.join(own)}" if own else "")

    def _condition(self, one: Condition, table: str) -> str:
        match one:
            case ColumnCondition(operator="between"):
                text = f"{self._condition_column(one, table)} is {'not ' if one.negated else ''}{_period(one.values)}"
                return text + (" or missing" if self._includes_missing(one) else "")
            case ColumnCondition():
                values = " or ".join(map(_number, one.values))
                text = f"{self._condition_column(one, table)} {_operator(one)} {values}"
                return text + (" or missing" if self._includes_missing(one) else "")
            case DefinedCondition():
                return f"not ({one.where})" if one.negated else one.where
            case ComparisonCondition():
                word = "higher" if one.operator == ">" else "lower"
                return f"{self.column(one.column, table)} is {word} than that of {self.rows(one.other.rows)}"
            case RelationCondition():
                if one.negated and all(join.to_one for join in one.path):
                    return f"not of {self.rows(one.rows)}"
                return f"{'without' if one.negated else 'with'} {self.rows(one.rows)}"
            case AggregateCondition(aggregate=RelatedAggregate(column=None, rows=counted)) if one.operator in COUNTS:
                is_one = one.value == 1 and counted.is_unrestricted
                rows = singular_noun(self.table(counted.table)) if is_one else self.rows(counted)
                return f"with {COUNTS[one.operator]} {_number(one.value)} {rows}"
            case AggregateCondition():
                return f"with {self.related(one.aggregate)} {one.operator} {_number(one.value)}"

    def _condition_chinese(self, one: Condition, table: str) -> str:
        match one:
            case ColumnCondition(operator="between"):
                period = _period_chinese(one.values)
                text = f"{self._condition_column(one, table)}{'不' if one.negated else ''}在 {period}"
                return text + ("（含空值）" if self._includes_missing(one) else "")
            case ColumnCondition():
                operator = OPERATORS_CHINESE.get(_operator(one), one.operator)
                text = f"{self._condition_column(one, table)}{operator} {'、'.join(map(_number, one.values))}"
                return text + ("（含空值）" if self._includes_missing(one) else "")
            case DefinedCondition():
                return f"{'不满足' if one.negated else '满足'} {one.where} "
            case RelationCondition():
                if one.rows.is_unrestricted:
                    return f"{'没有' if one.negated else '有'}{self.rows(one.rows)}"
                return f"与{self.rows(one.rows)}{'无关' if one.negated else '有关'}"
            case ComparisonCondition():
                word = "高于" if one.operator == ">" else "低于"
                return f"{self.column(one.column, table)}{word}{self.rows(one.other.rows)}"
            case AggregateCondition():
                word = COUNTS_CHINESE.get(one.operator, one.operator)
                return f"{self.related(one.aggregate)}{word} {_number(one.value)}"

    def _includes_missing(self, one: ColumnCondition) -> bool:
        """Whether rows without a value meet the condition: those that are not paid include those without a status."""
        return one.negated and self.graph.profile(one.column).nullable

    def _condition_column(self, one: ColumnCondition, table: str) -> str:
        """The column of a condition; a label of another table is called like the table."""
        column = one.column
        if column.table != table and column.name in self.graph.tables[column.table].label:
            return self.table(column.table) if self.chinese else singular_noun(self.table(column.table))
        return self.column(column, table)

    def _superlative_phrase(self, best: Superlative, table: str) -> str:
        """ "the most orders", "the highest price"; "订单最多", "价格最高"."""
        by, word = self._superlative_words(best, table)
        return f"{by}{word}" if self.chinese else f"the {word} {by}"

    def _superlative_words(self, best: Superlative, table: str) -> tuple[str, str]:
        """What rows are ranked by, and the adjective for it."""
        adjectives = ("最高", "最低") if self.chinese else ("highest", "lowest")
        if isinstance(best.by, Column):
            by = self.column(best.by, table)
            by = by if self.chinese else by.replace("_", " ")
            if self.graph.profile(best.by).kind == "time":
                adjectives = ("最晚", "最早") if self.chinese else ("latest", "earliest")
        elif best.by.column is None:
            by = self.rows(best.by.rows)
            adjectives = ("最多", "最少") if self.chinese else ("most", "fewest")
        else:
            by = self.related(best.by)
        return by, adjectives[0 if best.descending else 1]

    def _ranked_among(self, best: Superlative, rows: RowSet) -> str:
        """A superlative with the rows it is among, if those are not the whole table."""
        modifiers, name = self._modifiers(rows), self.table(rows.table)
        if not modifiers:
            return self._superlative_phrase(best, rows.table)
        if self.chinese:
            by, word = self._superlative_words(best, rows.table)
            return f"{by}在{modifiers}{name}中{word}"
        return f"{self._superlative_phrase(best, rows.table)} among {plural_noun(name)}{modifiers}"

    def _base(self, outputs: list[str], groups: list[str], query: Query) -> str:
        """Outputs, rows, groups and conditions, in this order."""
        grouped = f" by {' and '.join(groups)}" if groups else ""
        listed = " and ".join(outputs)
        if _is_metric(query):
            return f"{listed}{grouped}{self._modifiers(query.rows)}"
        if not grouped:
            return f"{listed} of {self.rows(query.rows)}" if outputs else self.rows(query.rows)
        return f"{listed} of {plural_noun(self.table(query.rows.table))}{grouped}{self._modifiers(query.rows)}"

    def _base_chinese(self, outputs: list[str], query: Query) -> str:
        rows = self.rows(query.rows)
        if not outputs:
            return rows
        output = query.outputs[0]
        is_count = len(outputs) == 1 and isinstance(output, Aggregate) and output.column is None
        return f"{rows}{'' if is_count else '的'}{'、'.join(outputs)}"

    def _name(self, name: str, names: list[str]) -> str:
        """In Chinese the first Chinese name, in English an ASCII one, if there is one; else the identifier."""
        if self.chinese:
            return next((one for one in names if not one.isascii()), name)
        return name if name.isascii() else next((one for one in names if one.isascii()), name)


def _is_metric(query: Query) -> bool:
    return any(isinstance(one, Metric) for one in query.outputs)


def _is_relation(one: Condition) -> bool:
    return isinstance(one, (RelationCondition, AggregateCondition))


def _referenced_values(one: Condition) -> list[ColumnCondition]:
    """The conditions on the one row that each refers to; none if it is more than values."""
    if not isinstance(one, RelationCondition) or one.negated or one.rows.superlative is not None:
        return []
    values = [each for each in one.rows.ordered_conditions if isinstance(each, ColumnCondition)]
    is_plain = len(values) == len(one.rows.conditions) and all(join.to_one for join in one.path)
    return values if is_plain else []


def _operator(one: ColumnCondition) -> str:
    return {"=": "≠", "<>": "="}.get(one.operator, one.operator) if one.negated else one.operator


def _number(value: object) -> str:
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def _period(values: tuple[Scalar, ...]) -> str:
    """ "in 2024", "in 2024-03", "on 2024-03-05", "between 2024-01-05 and 2024-02-07", ends included."""
    first, last, unit = _inclusive(values)
    return f"between {first} and {last}" if unit == "range" else f"{'on' if unit == 'day' else 'in'} {first}"


def _period_chinese(values: tuple[Scalar, ...]) -> str:
    first, last, unit = _inclusive(values)
    match unit:
        case "year":
            return f"{first} 年"
        case "month":
            return f"{first[:4]} 年 {int(first[5:])} 月"
        case "day":
            return first
        case _:
            return f"{first} 至 {last} 之间"


def _inclusive(values: tuple[Scalar, ...]) -> tuple[str, str, str]:
    """The first and the last date or year of a half-open span, and its unit if it is a single one."""
    if not isinstance(values[0], str) or not isinstance(values[1], str):
        first, last = int(values[0]), int(values[1]) - 1
        return str(first), str(last), "year" if first == last else "range"
    start, end = date.fromisoformat(values[0]), date.fromisoformat(values[1])
    if start.day == end.day == 1 and end == date(start.year + start.month // 12, start.month % 12 + 1, 1):
        return values[0][:7], values[0][:7], "month"
    if (start.month, start.day, end.month, end.day) == (1, 1, 1, 1):
        last = str(end.year - 1)
        return str(start.year), last, "year" if str(start.year) == last else "range"
    last_day = (end - timedelta(1)).isoformat()
    return values[0], last_day, "day" if values[0] == last_day else "range"
