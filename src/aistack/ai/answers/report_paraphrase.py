"""Paraphrases a report, so that people see what was measured and how: "revenue = SUM(sale_price)"."""

from aistack.ai.answers.paraphrase import COUNTS, COUNTS_CHINESE, Paraphraser
from aistack.ai.answers.typography import spaced
from aistack.ai.rules.meaning.logical_form import Aggregate, Group, Query, RowSet
from aistack.ai.rules.meaning.report import Measure, Ratio, Report, ReportOutput
from aistack.ai.schema.profiles import Column
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.text.english_nouns import plural_noun

SHAPES = {
    "share": "share of the total",
    "fraction": "ratio to the total",
    "change": "change from the period before",
    "running": "sum so far",
}
SHAPES_CHINESE = {"share": "占比", "fraction": "与总数之比", "change": "较上一期的变化", "running": "累计"}


class ReportParaphraser:
    """Paraphrases in one language."""

    def __init__(self, graph: SchemaGraph, chinese: bool) -> None:
        self.graph, self.chinese = graph, chinese
        self._phrases = Paraphraser(graph, chinese)

    def report(self, report: Report) -> str:
        """What a report shows, as a noun phrase."""
        if not report.outputs:
            columns = tuple(one for one in report.groups if isinstance(one, Column))
            order = report.rank if isinstance(report.rank, Column) else None
            return self._phrases.query(Query(report.rows, columns, (), order, report.descending, report.limit))
        measures = [self._output(one, report.rows) for one in report.outputs]
        groups = list(dict.fromkeys(self._group(one, report.rows.table) for one in report.groups))
        having = [
            f"{self._output(one.measure, report.rows)} {self._compared(one.operator)} {one.value:g}"
            for one in report.having
            if not isinstance(one.value, str)
        ]
        rows = self._phrases.rows(report.rows)
        return (
            self._chinese(report, measures, groups, having, rows)
            if self.chinese
            else self._english(report, measures, groups, having, rows)
        )

    def _english(self, report: Report, measures: list[str], groups: list[str], having: list[str], rows: str) -> str:
        text = f"{' and '.join(measures)} of {rows}"
        text += f" by {' and '.join(groups)}" if groups else ""
        text += f", with {' and '.join(having)}" if having else ""
        text += f", {SHAPES[report.shape]}" if report.shape else ""
        if report.limit is not None:
            text += f", {'top' if report.descending else 'bottom'} {report.limit}"
            if isinstance(report.rank, Measure | Ratio) and len(measures) > 1:
                text += f" by {self._output(report.rank, report.rows)}"
        return text

    def _chinese(self, report: Report, measures: list[str], groups: list[str], having: list[str], rows: str) -> str:
        text = f"{rows}的{'、'.join(measures)}"
        text += f"，按{'、'.join(groups)}分组" if groups else ""
        text += f"，且{'、'.join(having)}" if having else ""
        text += f"，{SHAPES_CHINESE[report.shape]}" if report.shape else ""
        text += f"，{'最高' if report.descending else '最低'}的 {report.limit} 个" if report.limit is not None else ""
        return spaced(text)

    def _compared(self, operator: str) -> str:
        return (COUNTS_CHINESE if self.chinese else COUNTS).get(operator, operator)

    def _group(self, one: Group, table: str) -> str:
        return self._phrases.group(one, table)

    def _output(self, one: ReportOutput, rows: RowSet) -> str:
        if isinstance(one, Ratio):
            word = "与" if self.chinese else " to "
            text = f"{self._output(one.top, rows)}{word}{self._output(one.bottom, rows)}"
            return f"{text}之比" if self.chinese else f"ratio of {text}"
        if one.column is None:
            kept = RowSet(rows.table, one.where)
            named = self._phrases.rows(RowSet(one.table, one.where if one.table == rows.table else frozenset()))
            if self.chinese:
                return f"{named if one.table != rows.table or kept.conditions else ''}数量"
            return f"number of {named}" if one.table != rows.table or kept.conditions else "number"
        if one.function == "count":
            column = self._phrases.column(one.column, rows.table)
            return f"不同{column}的数量" if self.chinese else f"number of different {plural_noun(column)}"
        text = self._phrases.aggregate(Aggregate(one.function, one.column), one.table)
        if one.factor is not None:
            text += f" × {self._phrases.column(one.factor, one.table)}"
        return text
