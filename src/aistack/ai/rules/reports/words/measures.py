"""What the words of business mean in a schema: revenue is the sum of a total, or of price times quantity."""

from dataclasses import dataclass

from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.profiles import Column, ColumnProfile, TableProfile
from aistack.ai.schema.schema_graph import SchemaGraph

REVENUE = (
    "revenue", "sales revenue", "total revenue", "turnover", "sales amount", "sales value", "income", "earnings", "gross sales", "takings",
    "money made", "spending", "spend", "spent", "expenditure", "money spent", "amount spent", "money", "sales",
    "销售额", "营业额", "收入", "营收", "成交额", "流水", "销售收入", "消费", "消费额", "消费金额", "花费", "总销售额", "总收入", "金额", "成交金额",
)  # fmt: skip
TOTALS = frozenset("total amount revenue paid sum value subtotal grand charge charged 总额 金额 合计 总价 实付".split())
PRICES = frozenset("price cost rate fee 价格 单价 售价".split())
QUANTITIES = frozenset("quantity qty units count pieces 数量 件数".split())
EVENTS = frozenset(
    "order orders sale sales invoice invoices purchase purchases transaction transactions payment payments bill bills booking"
    " bookings receipt receipts 订单 销售 发票 交易 付款 账单 预订 收款".split()
)
EXCLUDED = frozenset(
    "tax discount shipping freight refund commission due tip cost expense made budget 税 折扣 运费 退款".split()
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A column of money, or a price with the quantity it is multiplied by; a lower `rank` is the better match."""

    column: Column
    factor: Column | None = None
    rank: int = 0


def words_of(profile: ColumnProfile) -> set[str]:
    """The words of its name and of the names that people use."""
    return {
        *identifier_words(profile.bare or profile.column.name),
        *(word for name in profile.names for word in name.split()),
    }


def amounts(graph: SchemaGraph) -> list[Amount]:
    """What revenue can be, the best match first: totals of sales, prices of sales, prices times quantities of items."""
    found: list[Amount] = []
    for table in graph.tables.values():
        found += _amounts_of(graph, table)
    return sorted(found, key=lambda one: one.rank)


def _amounts_of(graph: SchemaGraph, table: TableProfile) -> list[Amount]:
    numbers = [one for one in table.columns.values() if one.kind == "number" and not one.is_key]
    names = {word for name in table.names for word in name.split()}
    is_event = bool(names & EVENTS)
    if names & EXCLUDED or not any(join.to_one for join in graph.joins_of(table.name)):
        return []
    usable = [one for one in numbers if not words_of(one) & EXCLUDED]
    totals = [one for one in usable if words_of(one) & TOTALS and not words_of(one) & {"count", "quantity"}]
    prices = [one for one in usable if words_of(one) & PRICES and one not in totals]
    quantities = [one for one in numbers if words_of(one) & QUANTITIES]
    if totals:
        return [Amount(totals[0].column, rank=0 if is_event else 2)]
    if len(prices) == 1 and len(quantities) == 1:
        return [Amount(prices[0].column, quantities[0].column, rank=1)]
    if len(prices) == 1 and is_event:
        return [Amount(prices[0].column, rank=0)]
    return []


def stored_counts(profile: ColumnProfile) -> str:
    """What a column counts: citations for `citation_num`; empty if it counts nothing."""
    words = identifier_words(profile.bare or profile.column.name)
    if profile.kind != "number" or profile.is_key or len(words) < 2:
        return ""
    if words[-1] in ("count", "num", "number", "cnt"):
        return " ".join(words[:-1])
    return " ".join(words[1:]) if words[0] in ("num", "number", "count") and words[1:] != ["of"] else ""


def counter_of(table: TableProfile) -> Column | None:
    """The column that says how many things a row stands for."""
    found = [
        one.column for one in table.columns.values() if one.kind == "number" and one.bare in ("count", "cnt", "num")
    ]
    return found[0] if len(found) == 1 else None
