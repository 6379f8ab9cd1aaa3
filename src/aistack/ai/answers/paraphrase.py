"""The meaning of a question said back in words, in English or Chinese, so that people see what was understood."""

from aistack.ai.rules.meaning.logical_form import (
    Aggregate,
    Asked,
    Best,
    Beyond,
    Bucket,
    Condition,
    Group,
    Is,
    Linked,
    Meets,
    Rows,
    Shown,
    Tallied,
    Tally,
)
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import Knowledge, Metric

FUNCTIONS = {
    "en": {"count": "number of", "sum": "total", "avg": "average", "min": "lowest", "max": "highest"},
    "zh": {"count": "数量", "sum": "总计", "avg": "平均", "min": "最小", "max": "最大"},
}
UNITS_CHINESE = {"day": "日", "week": "周", "month": "月", "quarter": "季度", "year": "年"}


class Wording:
    """Says meanings in one language."""

    def __init__(self, knowledge: Knowledge, chinese: bool) -> None:
        self.knowledge, self.chinese = knowledge, chinese

    def asked(self, asked: Asked) -> str:
        rows = self.rows(asked.rows)
        shown = [self.shown(one, asked.rows) for one in asked.shown]
        groups = list(dict.fromkeys(self.group(one, asked.rows.table) for one in asked.group))
        order = "" if asked.order is None or isinstance(asked.order, Bucket) else self.shown(asked.order, asked.rows)
        if self.chinese:
            text = f"{rows}的{'、'.join(shown)}" if shown else rows
            text += f"，按{'、'.join(groups)}分组" if groups else ""
            text += f"，按{order}{'降序' if asked.descending else '升序'}" if order else ""
            return text + (f"，前 {asked.limit} 个" if asked.limit else "")
        text = f"{' and '.join(shown)} of {rows}" if shown else rows
        text += f", by {' and '.join(groups)}" if groups else ""
        text += f", {'highest' if asked.descending else 'lowest'} {order} first" if order else ""
        return text + (f", the first {asked.limit}" if asked.limit else "")

    def shown(self, one: Shown, rows: Rows) -> str:
        if isinstance(one, Column):
            return self.column(one, rows.table)
        if isinstance(one, Metric):
            return one.name.replace("_", " ")
        return self.aggregate(one, rows.table)

    def aggregate(self, one: Aggregate, table: str) -> str:
        word = FUNCTIONS["zh" if self.chinese else "en"][one.function]
        if one.of is None:
            return word if self.chinese else "the number"
        column = self.column(one.of, table)
        if one.function == "sum" and column in ("total", "总额", "总计"):
            return column
        return f"{word}{column}" if self.chinese else f"{word} {column}"

    def group(self, one: Group, table: str) -> str:
        if isinstance(one, Bucket):
            return UNITS_CHINESE[one.unit] if self.chinese else one.unit
        if one.name in self.knowledge.tables[one.table].label and one.table != table:
            return self.table(one.table)
        return self.column(one, "")

    def rows(self, rows: Rows) -> str:
        name = self.table(rows.table)
        conditions = [self.condition(one, rows.table) for one in sorted(rows.conditions, key=str)]
        best = self.best(rows.best, rows.table) if rows.best else ""
        if self.chinese:
            text = f"{'且'.join(conditions)}的{name}" if conditions else name
            return f"{text}中{best}" if best else text
        text = f"{name} {' and '.join(conditions)}" if conditions else name
        return f"{text}, {best}" if best else text

    def best(self, best: Best, table: str) -> str:
        by = self.tally(best.by) if isinstance(best.by, Tally) else self.column(best.by, table)
        if self.chinese:
            many = f"的前 {best.count} 个" if best.count > 1 else "的"
            return f"{by}{'最高' if best.descending else '最低'}{many}"
        return (
            f"the {best.count if best.count > 1 else 'one'} with the {'highest' if best.descending else 'lowest'} {by}"
        )

    def tally(self, tally: Tally) -> str:
        rows = self.rows(tally.rows)
        word = FUNCTIONS["zh" if self.chinese else "en"][tally.function]
        if tally.column is None:
            return f"{rows}{word}" if self.chinese else f"{word} {rows}"
        column = self.column(tally.column, "")
        return f"{word}{column}" if self.chinese else f"{word} {column}"

    def condition(self, one: Condition, table: str) -> str:
        match one:
            case Is():
                return self._is(one, table)
            case Meets():
                return (
                    f"{'不满足' if one.negated else '满足'} {one.where}"
                    if self.chinese
                    else f"where {'not ' if one.negated else ''}{one.where}"
                )
            case Linked():
                rows = self.rows(one.rows)
                if self.chinese:
                    return f"{'没有' if one.negated else '有'}相关的{rows}"
                return f"{'without' if one.negated else 'with'} {rows}"
            case Beyond():
                word = (
                    ("高于" if one.operator == ">" else "低于")
                    if self.chinese
                    else ("higher" if one.operator == ">" else "lower")
                )
                column, other = self.column(one.column, table), self.rows(one.other.rows)
                return f"{column}{word}{other}" if self.chinese else f"with {word} {column} than {other}"
            case Tallied():
                text = f"{self.tally(one.tally)} {one.operator} {_number(one.value)}"
                return text if self.chinese else f"with {text}"

    def _is(self, one: Is, table: str) -> str:
        column = self.column(one.column, table)
        if one.operator == "between":
            first, after = one.values
            text = (
                f"{column} 从 {first} 到 {after}（不含）"
                if self.chinese
                else f"with {column} from {first} until before {after}"
            )
            return text if not one.negated else (f"非（{text}）" if self.chinese else f"not {text}")
        values = ("、" if self.chinese else " or ").join(_number(value) for value in one.values)
        operator = {"=": "≠", "<>": "="}.get(one.operator, one.operator) if one.negated else one.operator
        return f"{column} {operator} {values}" if self.chinese else f"where {column} {operator} {values}"

    def column(self, column: Column, table: str) -> str:
        name = self.named(column.name, self.knowledge.facts(column).names)
        if column.table == table or not table:
            return name
        return f"{self.table(column.table)}的{name}" if self.chinese else f"{name} of {self.table(column.table)}"

    def table(self, name: str) -> str:
        return self.named(name.rpartition(".")[2], self.knowledge.tables[name].names)

    def named(self, name: str, names: list[str]) -> str:
        """In Chinese the first name that is Chinese, if there is one; else the identifier itself."""
        if self.chinese:
            return next((one for one in names if not one.isascii()), name)
        return name if name.isascii() else next((one for one in names if one.isascii()), name)


def _number(value: object) -> str:
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
