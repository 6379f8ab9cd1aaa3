"""Plain Chinese questions: its function words, and the rules by which its phrases combine.

What tells of a noun stands before it, mostly with 的 between; the noun that is asked for has 哪, 什么 or 多少 by it.
"""

from collections.abc import Iterator
from typing import Any

from aistack.ai.knowledge import Column
from aistack.ai.rules.chart import SKIP, Rule
from aistack.ai.rules.combining import Combining, Found
from aistack.ai.rules.english import asked, both, of_columns, expanded, extreme_measure, extreme_measure_of
from aistack.ai.rules.lexicon import Lexicon, Words
from aistack.ai.rules.meaning import Aggregate, Asked, Is, Rows, Values

FUNCTION_WORDS = {
    SKIP: "请问 请 告诉我 告诉 我 你 能 能否 可以 列出 列举 列举出 列 说出 出 显示 查询 查看 查找 找出 找到 给我 给 展示 看看 一下 想 想知道 知道 要"
    " 是 为 都 呢 吗 吧 啊 了 所有 全部 各自 分别 它们 他们 它 其 共 一共 总共 共有 个 条 座 名 位 件 笔 张 本 部 家 款 种 次 台 里 里面 中 内 上"
    " 之中 当中 一个 一条 ， , 、 ? 那些 这些 那个 这个 被 会 就 我们 咱们 目前 现在 当前 的话 信息 情况 数据 记录 具体 不同 不同的 坐落 存在 所 哪里",
    "DE": "的 之",
    "IN": "在 位于 坐落在 坐落于 来自 属于 于 居住在 住在 生活在 从 所在 地处 由",
    "LIVE": "居住 住 生活 居住在 住在 生活在",
    "HAVE": "有 拥有 含有 具有 包含 包括 存在 有着 带有",
    "WITH": "与 和 跟 同 及 以及 并且 且 、 ,",
    "NOT": "不 没有 没 未 不是 非 从未 从不 不在 并不 并没有 不跟 不与",
    "OTHER": "其他 其它 其他的 其它的 别的",
    "WH": "哪个 哪些 什么 哪条 哪座 哪 哪几个 哪位 哪家 哪款 哪种 谁 哪几 有哪些 有什么 哪 一个",
    "MANY": "多少 几 几个 多少个 多少条 有多少 多少名 多少位 有几个 多少种 多少家",
    "NUMBER": "数量 数目 个数 总数 数 人数 总数量 件数 条数 笔数 次数",
    "BY": "按 按照 根据 以 依 依据 分",
    "AFTERBY": "分组 统计 汇总 分类 划分 分布",
    "EACH": "每个 每 各 各个 每一个 每位 每名 每条 每家 每种 每一 各种 各类",
    "THAN": "比",
    "NAMED": "名为 叫 叫做 称为 名叫 叫作 被称为 名称为 名字叫 名字为",
    "AS": "为名",
    "FIRST": "前",
    "LAST": "后 倒数",
    "ORDER": "排序 排列 排",
    "ASC": "升序 从小到大 从低到高 递增 由低到高 从少到多",
    "DESC": "降序 从大到小 从高到低 递减 由高到低 从多到少 倒序",
    "WHERE": "哪里 在哪里 在哪 位于哪里 哪儿 在哪儿",
    "TIMES": "至少 不少于",
    "ABOVE": "以上 及以上",
    "BELOW": "以下 以内",
    "EVERY": "全 全部 所有 全部的 所有的",
}
FUNCTIONS = {
    "sum": "总 总共 合计 总计 总和 之和 加起来 总的 累计",
    "avg": "平均 均值 平均值 平均的",
    "min": "最小 最低 最少 最小值 最小的 最低的",
    "max": "最大 最高 最多 最大值 最大的 最高的",
}
AFTER = {
    "sum": "总和 之和 总数 合计 总额 总计 总量",
    "avg": "平均值 均值 平均数 的平均值",
    "min": "最小值 最低值",
    "max": "最大值 最高值",
}
COMPARISONS = {
    ">": "大于 超过 高于 多于 > 大过 贵于 晚于 不止 超出",
    "<": "小于 低于 少于 不到 < 不足 便宜于 早于",
    ">=": "大于等于 不少于 不低于 至少 >= ≥ 不小于 至少有",
    "<=": "小于等于 不超过 不高于 至多 最多 <= ≤ 不大于",
    "=": "等于 为 是 =",
}
UNITS = {"day": "每天 每日 按天 按日 日 天", "week": "每周 按周 周", "month": "每月 每个月 按月 月份 月 各月 按月份", "quarter": "每季度 每个季度 按季度 季度 各季度", "year": "每年 按年 年份 年 各年 年度 按年份"}  # fmt: skip


def words() -> Words:
    """The function words, each with its categories."""
    found: dict[str, list[tuple[str, object]]] = {}
    for category, text in FUNCTION_WORDS.items():
        for phrase in text.split():
            found.setdefault(phrase, []).append((category, None))
    for category, by in (("AGG", FUNCTIONS), ("AFTER", AFTER), ("CMP", COMPARISONS), ("UNIT", UNITS)):
        for meaning, text in by.items():
            for phrase in text.split():
                found.setdefault(phrase, []).append((category, meaning))
    return found


def rules(lexicon: Lexicon) -> list[Rule]:
    """`lexicon` tells how adjectives are meant."""
    c = Combining(lexicon.knowledge)

    def near(right: Rows, found: Found) -> Found:
        """What stands before a noun belongs rather to the nearest."""
        for meaning, cost in found:
            yield meaning, cost + 0.3 * len(right.conditions) + (0.1 if right.best else 0)

    def over(columns: tuple[Column, ...], one: Any) -> Found:
        for column in columns:
            yield from one(column)

    def one_column(rows: Rows, columns: tuple[Column, ...]) -> Found:
        return over(columns, lambda column: c.values(rows, (column,)))

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
            for found, cost in c.aggregated(function, Values(Rows(column.table), (column,))):
                yield found, cost + 0.5

    def counted(rows: Rows) -> Iterator[tuple[Asked, float]]:
        yield Asked(rows, (Aggregate("count"),)), 0.0

    def counted_related(head: Rows, other: Rows, via: Any = None) -> Found:
        for rows, cost in c.relate(head, other, via):
            assert isinstance(rows, Rows)
            yield Asked(rows, (Aggregate("count"),)), cost

    def holding(columns: tuple[Column, ...], rows: Rows) -> Found:
        """How many people live somewhere: a column that holds the count already."""
        for column in columns:
            if c.measurable(column):
                yield from c.values(rows, (column,))

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

    def quality(rows: Rows, condition: Any) -> Found:
        if condition.table == rows.table:
            yield rows.restricted(condition), 0.0

    def best_by(rows: Rows, columns: tuple[Column, ...], adjective: Any, count: float = 1) -> Found:
        return over(columns, lambda column: c.best_by(rows, adjective, column, int(count)))

    def counts_of(rows: Rows) -> Asked:
        return Asked(rows, (Aggregate("count"),))

    def extreme_of_value(extreme: Any, value: Is) -> Found:
        for rows, cost in c.filtered(Rows(extreme.by.table), value):
            assert isinstance(rows, Rows)
            for found, more in c.extreme_values(rows, extreme):
                yield found, cost + more + 0.5

    def of_value(columns: tuple[Column, ...], value: Is) -> Found:
        for column in columns:
            for rows, cost in c.filtered(Rows(column.table), value):
                assert isinstance(rows, Rows)
                for found, more in c.values(rows, (column,)):
                    yield found, cost + more + 0.5

    def groups(found: Asked, columns: tuple[Column, ...]) -> Found:
        for column in columns:
            yield from c.grouped(found, (column,))

    table: list[tuple[str, str, Any]] = [
        # sets of rows
        ("S", "V", c.named),
        ("S", "S S", c.appose),
        ("S", "S DE? S", lambda b, _, a: near(a, c.beside(a, b))),
        ("S", "S DE S", lambda a, _, b: c.appose(a, b)),
        ("S", "V DE? S", lambda v, _, s: near(s, c.told(s, v))),
        ("S", "IN V DE? S", lambda _i, v, _, s: near(s, c.told(s, v))),
        ("S", "IN V HAVE? S", lambda _i, v, _, s: near(s, c.told(s, v))),
        ("S", "V HAVE S", lambda v, _, s: near(s, c.told(s, v))),
        ("S", "F DE? S", lambda f, _, s: quality(s, f)),
        ("S", "NAMED S DE S", lambda _n, o, _, s: c.appose(o, s)),
        ("S", "NAMED TEXT DE S", lambda _n, t, _, s: named_text(s, t)),
        ("S", "BY S AS DE S", lambda _b, o, _a, _, s: c.appose(o, s)),
        ("S", "C CMP? TEXT DE S", lambda col, _c, t, _, s: near(s, having_text(s, col, t))),
        ("S", "TEXT DE? S", lambda t, _, s: ((m, n + 1.0) for m, n in named_text(s, t))),
        ("S", "SUP DE? S", lambda a, _, s: c.best(a, s)),
        ("S", "SUP DE? N S", lambda a, _, n, s: c.best(a, s, int(n))),
        ("S", "SUP DE? FIRST N S", lambda a, _, _f, n, s: c.best(a, s, int(n))),
        ("S", "FIRST N SUP DE? S", lambda _f, n, a, _, s: c.best(a, s, int(n))),
        ("S", "C SUP DE S", lambda col, a, _, s: near(s, best_by(s, col, a))),
        ("S", "C SUP DE N S", lambda col, a, _, n, s: best_by(s, col, a, n)),
        ("S", "C SUP DE? FIRST N S", lambda col, a, _, _f, n, s: best_by(s, col, a, n)),
        ("S", "SUP C DE S", lambda a, col, _, s: near(s, best_by(s, col, a))),
        ("S", "HAVE? SUP DE? C DE S", lambda _h, a, _, col, _d, s: near(s, best_by(s, col, a))),
        ("S", "S SUPN S", lambda s, a, o: c.best_of_many(s, a, o)),
        ("S", "S SUPN DE S", lambda o, a, _, s: near(s, c.best_of_many(s, a, o))),
        ("S", "HAVE SUPN DE? S DE S", lambda _h, a, _, o, _d, s: near(s, c.best_of_many(s, a, o))),
        ("S", "REL SUPN DE? OTHER? S DE S", lambda r, a, _, _o, o, _d, s: near(s, c.best_of_many(s, a, o, r))),
        ("S", "REL S SUPN DE S", lambda r, o, a, _, s: near(s, c.best_of_many(s, a, o, r))),
        ("S", "WITH SUPN DE? OTHER? S REL DE S", lambda _w, a, _, _o, o, r, _d, s: near(s, c.best_of_many(s, a, o, r))),
        ("S", "X IN? DE? S", lambda x, _i, _, s: near(s, c.best_extreme(s, x))),
        ("S", "HAVE X DE S", lambda _h, x, _, s: near(s, c.best_extreme(s, x))),
        ("S", "S DE S", lambda b, _, a: near(a, c.relate(a, b))),
        ("S", "IN S DE? S", lambda _i, b, _, a: near(a, c.relate(a, b))),
        ("S", "S IN DE? S", lambda b, _i, _, a: near(a, c.relate(a, b))),
        ("S", "IN S HAVE S", lambda _i, b, _, a: near(a, c.relate(a, b))),
        ("S", "S HAVE S", lambda b, _, a: near(a, ((m, n + 0.3) for m, n in c.relate(a, b)))),
        ("S", "HAVE S DE S", lambda _h, b, _, a: near(a, c.relate(a, b))),
        ("S", "NOT HAVE? S DE S", lambda _n, _h, b, _, a: near(a, c.relate(a, b, negated=True))),
        ("S", "NOT IN S DE S", lambda _n, _h, b, _, a: near(a, c.relate(a, b, negated=True))),
        ("S", "REL S DE S", lambda r, b, _, a: near(a, c.relate(a, b, r))),
        ("S", "S REL DE S", lambda b, r, _, a: near(a, c.relate(a, b, r))),
        ("S", "WITH S REL DE S", lambda _w, b, r, _, a: near(a, c.relate(a, b, r))),
        ("S", "WITH S WITH? S REL DE S", lambda _w, b, _a, o, r, _, a: near(a, all_of(c, a, (b, o), r))),
        ("S", "REL WITH S DE S", lambda r, _w, b, _, a: near(a, c.relate(a, b, r))),
        ("S", "NOT REL S DE S", lambda _n, r, b, _, a: near(a, c.relate(a, b, r, negated=True))),
        ("S", "NOT WITH S REL DE S", lambda _n, _w, b, r, _, a: near(a, c.relate(a, b, r, negated=True))),
        ("S", "NOT WITH OTHER S REL DE S", lambda _n, _w, _o, b, r, _, a: near(a, c.relate(a, b, r, negated=True))),
        ("S", "C CMP N DE S", lambda col, o, n, _, s: near(s, compared(s, col, o, n))),
        ("S", "C IN? N ABOVE DE S", lambda col, _i, n, _a, _, s: near(s, compared(s, col, ">=", n))),
        ("S", "C IN? N BELOW DE S", lambda col, _i, n, _a, _, s: near(s, compared(s, col, "<=", n))),
        ("S", "C CMP? V DE S", lambda col, _c, v, _, s: near(s, having_value(s, col, v))),
        ("S", "V C DE S", lambda v, col, _, s: near(s, having_value(s, col, v))),
        ("S", "V C IN DE? S", lambda v, col, _i, _, s: near(s, having_value(s, col, v))),
        ("S", "C V IN DE? S", lambda col, v, _i, _, s: near(s, having_value(s, col, v))),
        ("S", "S NUMBER? CMP N DE S", lambda b, _n, o, n, _, a: near(a, c.tallied(a, o, n, b))),
        ("S", "HAVE? CMP N S DE S", lambda _h, o, n, b, _, a: near(a, c.tallied(a, o, n, b))),
        ("S", "THAN S SUP DE S", lambda _t, o, adj, _, s: near(s, c.beyond(s, adj, o))),
        ("S", "IN? D DE? S", lambda _i, d, _, s: near(s, c.within(s, d))),
        ("S", "A", c.referred),
        ("S", "C", lambda col: over(col, c.referred_by)),
        ("S", "EVERY N S", lambda _e, _n, s: ((s, 0.0),)),
        # columns of rows
        ("CL", "C WITH C", lambda a, _, b: (((a, b), 0.0),)),
        ("CL", "CL WITH C", lambda a, _, b: (((*a, b), 0.0),)),
        ("A", "S DE C", lambda s, _, col: one_column(s, col)),
        ("A", "S C", lambda s, col: ((m, n + 0.3) for m, n in one_column(s, col))),
        ("A", "S DE CL", lambda s, _, cols: several(s, cols)),
        ("A", "S CL", lambda s, cols: ((m, n + 0.3) for m, n in several(s, cols))),
        ("A", "IN? S HAVE MANY C", lambda _i, s, _h, _m, col: holding(col, s)),
        ("A", "S DE? C HAVE? MANY", lambda s, _, col, _h, _m: one_column(s, col)),
        ("A", "HAVE? MANY C IN S", lambda _h, _m, col, _i, s: holding(col, s)),
        ("A", "HAVE? MANY C LIVE IN? S", lambda _h, _m, col, _l, _i, s: holding(col, s)),
        ("A", "IN S LIVE MANY C", lambda _i, s, _l, _m, col: holding(col, s)),
        ("A", "MANY C IN S LIVE?", lambda _m, col, _i, s, _l: holding(col, s)),
        ("A", "IN S DE C", lambda _i, s, _, col: one_column(s, col)),
        ("A", "S HAVE? ADJ", lambda s, _, a: c.measure(s, a)),
        ("A", "S DE ADJ", lambda s, _, a: c.measure(s, a)),
        ("A", "S DE? X", lambda s, _, x: c.extreme_values(s, x)),
        ("A", "IN S DE? X", lambda _i, s, _, x: c.extreme_values(s, x)),
        ("A", "V DE? X", lambda v, _, x: extreme_of_value(x, v)),
        ("A", "X", lambda x: ((m, n + 0.5) for m, n in c.extreme_values(Rows(x.by.table), x))),
        ("A", "S DE? X DE? C", lambda s, _, x, _d, col: extreme_measure(c, s, x, col)),
        ("A", "V DE? X DE? C", lambda v, _, x, _d, col: extreme_measure_of(c, v, x, col)),
        ("A", "S DE? X HAVE? ADJ", lambda s, _, x, _h, _a: c.extreme_values(s, x, x.by)),
        ("A", "V DE? X HAVE? ADJ", lambda v, _, x, _h, _a: extreme_measure_of(c, v, x, (x.by,))),
        ("A", "V DE C", lambda v, _, col: of_value(col, v)),
        ("A", "IN? S HAVE C", lambda _i, s, _h, col: ((m, n + 0.5) for m, n in one_column(s, col))),
        # measures
        ("Q", "AGG DE? C", lambda f, _, col: whole(f, col)),
        ("Q", "A", c.summed),
        ("Q", "WH C DE S SUPN", lambda _w, col, _d, o, a: of_columns(c, col, counts_of(o), a, 1)),
        ("Q", "S SUPN DE C", lambda o, a, _, col: of_columns(c, col, counts_of(o), a, 1)),
        ("Q", "Q SUP DE FIRST? N C", lambda q, a, _, _f, n, col: of_columns(c, col, q, a, int(n))),
        ("Q", "WH C DE Q SUP", lambda _w, col, _d, q, a: of_columns(c, col, q, a, 1)),
        ("Q", "WH S DE Q SUP", lambda _w, s, _d, q, a: c.best_groups(s, q, descending=a.sign > 0, limit=1)),
        ("Q", "A DE? AFTER", lambda a, _, f: c.aggregated(f, a)),
        ("Q", "C DE? AFTER", lambda col, _, f: whole(f, col)),
        ("Q", "S DE? AGG DE? C", lambda s, _, f, _d, col: aggregates(c, f, one_column(s, col))),
        ("Q", "AGG DE? C WITH AGG DE? C", lambda f, _, a, _w, g, _d, b: both(whole(f, a), whole(g, b), c)),
        ("Q", "S DE? AGG WITH AGG DE? C", lambda s, _, f, _w, g, _d, col: both(aggregates(c, f, one_column(s, col)), aggregates(c, g, one_column(s, col)), c)),
        ("Q", "HAVE? MANY S", lambda _h, _m, s: counted(s)),
        ("Q", "S HAVE? MANY", lambda s, _h, _m: counted(s)),
        ("Q", "S DE? NUMBER", lambda s, _, _n: counted(s)),
        ("Q", "S DE? NUMBER HAVE? MANY", lambda s, _, _n, _h, _m: counted(s)),
        ("Q", "IN? S HAVE MANY S", lambda _i, b, _h, _m, a: counted_related(a, b)),
        ("Q", "IN V HAVE MANY S", lambda _i, v, _h, _m, s: counted_filtered(c, s, v)),
        ("Q", "V HAVE MANY S", lambda v, _h, _m, s: counted_filtered(c, s, v)),
        ("Q", "HAVE? MANY S IN S", lambda _h, _m, a, _i, b: counted_related(a, b)),
        ("Q", "S REL MANY S", lambda b, r, _m, a: counted_related(a, b, r)),
        ("Q", "V S REL MANY S", lambda v, b, r, _m, a: value_related(c, v, b, a, r)),
        ("Q", "HAVE? MANY S REL S", lambda _h, _m, a, r, b: counted_related(a, b, r)),
        ("Q", "HAVE? MANY S S REL", lambda _h, _m, a, b, r: counted_related(a, b, r)),
        ("Q", "HAVE? MANY S WITH S REL", lambda _h, _m, a, _w, b, r: counted_related(a, b, r)),
        ("Q", "HAVE? MANY S WITH S WITH S REL", lambda _h, _m, a, _w, b, _a, o, r: counts(all_of(c, a, (b, o), r))),
        ("Q", "WITH S REL DE S HAVE? MANY", lambda _w, b, r, _, a, _h, _m: counted_related(a, b, r)),
        ("Q", "IN S REL MANY S", lambda _i, b, r, _m, a: counted_related(a, b, r)),
        ("Q", "MET", c.metric),
        ("Q", "S DE? MET", lambda s, _, m: c.metric(m, s)),
        ("Q", "S DE? Q", lambda s, _, q: c.asked_of(q, s)),
        ("Q", "V DE? Q", lambda v, _, q: c.asked_where(q, v)),
        ("Q", "D DE? Q", lambda d, _, q: c.asked_within(q, d)),
        ("Q", "IN D DE? Q", lambda _i, d, _, q: c.asked_within(q, d)),
        ("Q", "Q WITH Q", lambda a, _, b: c.joined(a, b)),
        ("Q", "EACH S DE? Q", lambda _, s, _d, q: c.grouped_by_rows(q, s)),
        ("Q", "EACH C DE? Q", lambda _, col, _d, q: groups(q, col)),
        ("Q", "EACH S HAVE MANY S", lambda _, s, _h, _m, o: c.grouped_by_rows(counts_of(o), s)),
        ("Q", "EACH C HAVE MANY S", lambda _, col, _h, _m, o: groups(counts_of(o), col)),
        ("Q", "BY C AFTERBY? DE? Q", lambda _, col, _a, _d, q: groups(q, col)),
        ("Q", "BY S AFTERBY? DE? Q", lambda _, s, _a, _d, q: c.grouped_by_rows(q, s)),
        ("Q", "Q BY C AFTERBY?", lambda q, _, col, _a: groups(q, col)),
        ("Q", "Q BY S AFTERBY?", lambda q, _, s, _a: c.grouped_by_rows(q, s)),
        ("Q", "BY UNIT AFTERBY? DE? Q", lambda _, u, _a, _d, q: c.grouped_by_time(q, u)),
        ("Q", "UNIT AFTERBY? DE? Q", lambda u, _a, _d, q: c.grouped_by_time(q, u)),
        ("Q", "Q BY UNIT AFTERBY?", lambda q, _, u, _a: c.grouped_by_time(q, u)),
        ("Q", "UNIT HAVE MANY S", lambda u, _h, _m, s: c.grouped_by_time(counts_of(s), u)),
        ("Q", "Q SUP DE FIRST? N S", lambda q, a, _, _f, n, s: c.best_groups(s, q, descending=a.sign > 0, limit=int(n))),
        ("Q", "Q SUP DE S", lambda q, a, _, s: c.best_groups(s, q, descending=a.sign > 0, limit=1)),
        ("Q", "S SUP DE FIRST? N S", lambda o, a, _, _f, n, s: c.best_groups(s, counts_of(o), descending=a.sign > 0, limit=int(n))),
        ("Q", "BY Q FIRST N S", lambda _b, q, _f, n, s: c.best_groups(s, q, descending=True, limit=int(n))),
        ("Q", "Q FIRST N DE? S", lambda q, _f, n, _, s: c.best_groups(s, q, descending=True, limit=int(n))),
        # whole questions: the noun that is asked for
        ("SW", "WH S", lambda _, s: ((s, 0.0),)),
        ("SW", "DE WH S", lambda _d, _w, s: ((s, 0.0),)),
        ("SW", "SW DE", lambda s, _: ((s, 0.0),)),
        ("ASK", "SW", lambda s: ((Asked(s), 0.0),)),
        ("ASK", "S", lambda s: ((Asked(s), 0.1),)),
        ("ASK", "S WH", lambda s, _: ((Asked(s), 0.0),)),
        ("ASK", "S IN WH", lambda s, _i, _: ((Asked(s), 0.0),)),
        ("ASK", "HAVE WH S", lambda _h, _, s: ((Asked(s), 0.0),)),
        ("ASK", "Q", lambda q: ((q, 0.0),)),
        ("ASK", "Q MANY", lambda q, _: ((q, 0.0),)),
        ("ASK", "Q HAVE MANY", lambda q, _h, _: ((q, 0.0),)),
        ("ASK", "A", c.shown),
        ("ASK", "A MANY", lambda a, _: c.shown(a)),
        ("ASK", "A WH", lambda a, _: c.shown(a)),
        ("ASK", "A HAVE WH", lambda a, _h, _: c.shown(a)),
        ("ASK", "WH A", lambda _, a: c.shown(a)),
        ("ASK", "A WHERE", lambda a, _: c.shown(a)),
        ("ASK", "A IN WHERE", lambda a, _i, _: c.shown(a)),
        ("ASK", "WHERE A", lambda _, a: c.shown(a)),
        ("ASK", "SW IN S DE", lambda a, _, b, _d: ((m, n - 0.3) for m, n in asked(c.relate(a, b)))),
        ("ASK", "SW HAVE V DE? X", lambda s, _h, v, _, x: extreme_among(c, s, v, x)),
        ("ASK", "SW SUP", lambda s, a: asked(c.best(a, s))),
        ("ASK", "S SUP DE? WH", lambda s, a, _, _w: ((m, n + 0.5) for m, n in asked(c.best(a, s)))),
        ("ASK", "S WHERE", lambda s, _: c.located(s)),
        ("ASK", "S IN WHERE", lambda s, _i, _: c.located(s)),
        ("ASK", "WHERE S", lambda _, s: c.located(s)),
        ("ASK", "SW REL S", lambda a, r, b: asked(c.relate(a, b, r))),
        ("ASK", "S REL SW", lambda b, r, a: asked(c.relate(a, b, r))),
        ("ASK", "REL S DE? HAVE? SW", lambda r, b, _, _h, a: asked(c.relate(a, b, r))),
        ("ASK", "SW S REL", lambda a, b, r: asked(c.relate(a, b, r))),
        ("ASK", "SW WITH S REL", lambda a, _w, b, r: asked(c.relate(a, b, r))),
        ("ASK", "S WITH SW REL", lambda b, _w, a, r: asked(c.relate(a, b, r))),
        ("ASK", "WITH S REL DE? SW", lambda _w, b, r, _, a: asked(c.relate(a, b, r))),
        ("ASK", "S REL DE SW", lambda b, r, _, a: asked(c.relate(a, b, r))),
        ("ASK", "SW NOT REL S", lambda a, _n, r, b: asked(c.relate(a, b, r, negated=True))),
        ("ASK", "SW NOT WITH OTHER? S REL", lambda a, _n, _w, _o, b, r: asked(c.relate(a, b, r, negated=True))),
        ("ASK", "SW NOT HAVE? S", lambda a, _n, _h, b: asked(c.relate(a, b, negated=True))),
        ("ASK", "SW NOT HAVE? WITH OTHER? S REL", lambda a, _n, _h, _w, _o, b, r: asked(c.relate(a, b, r, negated=True))),
        ("ASK", "SW HAVE S", lambda a, _, b: asked(c.relate(a, b))),
        ("ASK", "SW IN S", lambda a, _, b: asked(c.relate(a, b))),
        ("ASK", "S IN SW", lambda b, _, a: asked(c.relate(a, b))),
        ("ASK", "S HAVE SW", lambda b, _, a: asked(c.relate(a, b))),
        ("ASK", "IN S HAVE SW", lambda _i, b, _, a: asked(c.relate(a, b))),
        ("ASK", "IN S DE? SW", lambda _i, b, _, a: asked(c.relate(a, b))),
        ("ASK", "S DE? SW", lambda b, _, a: asked(c.relate(a, b))),
        ("ASK", "SW HAVE X", lambda s, _, x: asked(c.best_extreme(s, x))),
        ("ASK", "SW HAVE SUP DE? C", lambda s, _h, a, _, col: asked(best_by(s, col, a))),
        ("ASK", "SW DE? C SUP", lambda s, _, col, a: asked(best_by(s, col, a))),
        ("ASK", "C SUP DE SW", lambda col, a, _, s: asked(best_by(s, col, a))),
        ("ASK", "SW HAVE SUPN DE? S", lambda s, _h, a, _, o: asked(c.best_of_many(s, a, o))),
        ("ASK", "SW DE? S SUPN", lambda s, _, o, a: asked(c.best_of_many(s, a, o))),
        ("ASK", "SW REL DE S SUPN", lambda s, r, _, o, a: asked(c.best_of_many(s, a, o, r))),
        ("ASK", "SW REL SUPN DE? OTHER? S", lambda s, r, a, _, _o, o: asked(c.best_of_many(s, a, o, r))),
        ("ASK", "SW WITH SUPN DE? OTHER? S REL", lambda s, _w, a, _, _o, o, r: asked(c.best_of_many(s, a, o, r))),
        ("ASK", "SW WITH OTHER? S REL SUPN", lambda s, _w, _o, o, r, a: asked(c.best_of_many(s, a, o, r))),
        ("ASK", "V HAVE SW", lambda v, _, s: asked(c.told(s, v))),
        ("ASK", "IN V HAVE SW", lambda _i, v, _, s: asked(c.told(s, v))),
        ("ASK", "V DE? SW", lambda v, _, s: asked(c.told(s, v))),
        ("ASK", "V SW DE? C", lambda v, s, _, col: asked(having_value(s, col, v))),
        ("ASK", "SW DE? C V", lambda s, _, col, v: asked(having_value(s, col, v))),
        ("ASK", "SW DE C CMP N", lambda s, _, col, o, n: asked(compared(s, col, o, n))),
        ("ASK", "SW THAN S SUP", lambda s, _, o, adj: asked(c.beyond(s, adj, o))),
        ("ASK", "ASK BY? C ORDER? DESC ORDER?", lambda q, _b, col, _o, _d, _p: over(col, lambda one: c.ordered(q, one, descending=True))),
        ("ASK", "ASK BY C ORDER? ASC? ORDER?", lambda q, _b, col, _o, _d, _p: over(col, lambda one: c.ordered(q, one, descending=False))),
        ("ASK", "BY C DESC ORDER? ASK", lambda _b, col, _d, _o, q: over(col, lambda one: c.ordered(q, one, descending=True))),
        ("ASK", "BY C ASC? ORDER ASK", lambda _b, col, _d, _o, q: over(col, lambda one: c.ordered(q, one, descending=False))),
        ("ASK", "FIRST N ASK", lambda _, n, q: c.limited(q, int(n))),
    ]  # fmt: skip
    return [rule for left, right, combine in table for rule in expanded(left, right, combine)]


def extreme_among(c: Combining, rows: Rows, value: Is, extreme: Any) -> Found:
    """Which state has the highest point of the country."""
    for filtered, cost in c.filtered(rows, value):
        assert isinstance(filtered, Rows)
        for found, more in asked(c.best_extreme(filtered, extreme)):
            yield found, cost + more


def all_of(c: Combining, rows: Rows, others: tuple[Rows, ...], via: Any) -> Found:
    """Next to both of two."""
    found: list[tuple[object, float]] = [(rows, 0.0)]
    for other in others:
        found = [(m, n + cost) for one, cost in found if isinstance(one, Rows) for m, n in c.relate(one, other, via)]
    yield from found


def counts(found: Found) -> Found:
    for rows, cost in found:
        assert isinstance(rows, Rows)
        yield Asked(rows, (Aggregate("count"),)), cost


def counted_filtered(c: Combining, rows: Rows, value: Is) -> Found:
    return counts(c.filtered(rows, value))


def value_related(c: Combining, value: Is, other: Rows, rows: Rows, via: Any) -> Found:
    for filtered, cost in c.filtered(other, value):
        assert isinstance(filtered, Rows)
        for found, more in counts(c.relate(rows, filtered, via)):
            yield found, cost + more


def aggregates(c: Combining, function: Any, found: Found) -> Found:
    for values, cost in found:
        assert isinstance(values, Values)
        for asked_one, more in c.aggregated(function, values):
            yield asked_one, cost + more
