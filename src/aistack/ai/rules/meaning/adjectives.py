"""Superlatives and comparatives whose sense lies in what is measured: long is of length, old of age or birth."""

from dataclasses import dataclass

from aistack.ai.schema.identifiers import parts_of
from aistack.ai.schema.profiles import ColumnFacts


@dataclass(frozen=True, slots=True)
class Family:
    """`columns` are words in the names of columns that the adjectives can speak of; all, when `any_measure`.

    `turned` are words of columns with the contrary sense: who is old was born early.
    """

    most: tuple[str, ...]
    least: tuple[str, ...]
    columns: frozenset[str] = frozenset()
    turned: frozenset[str] = frozenset()
    generic: bool = False

    def speaks_of(self, facts: ColumnFacts) -> bool:
        words = {*parts_of(facts.column.name), *(word for name in facts.names for word in name.split())}
        return bool(words & (self.columns | self.turned)) and (facts.kind != "time" or self.of_times)

    def turned_by(self, facts: ColumnFacts) -> bool:
        return bool(set(parts_of(facts.column.name)) & self.turned)

    @property
    def of_times(self) -> bool:
        return "date" in self.columns | self.turned


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _both(words: str) -> tuple[str, ...]:
    return tuple(one.replace("_", " ") for one in words.split())


FAMILIES = (
    Family(
        _both("most highest greatest largest biggest maximum max top most_number_of highest_number_of largest_number_of greatest_number_of 最多 数量最多 最高 最大"),
        _both("least fewest lowest smallest minimum min lowest_number_of smallest_number_of 最少 数量最少 最低 最小"), generic=True,
    ),
    Family(
        _both("largest biggest larger bigger most_populous 最大 大"), _both("smallest smaller least_populous 最小 小"),
        _words("size area population 面积 人口 大小"),
    ),
    Family(
        _both("longest longer 最长 更长 长"), _both("shortest shorter 最短 更短 短"),
        _words("length duration milliseconds seconds minutes runtime 长度 时长"),
    ),
    Family(
        _both("highest tallest higher taller 最高 更高 高"), _both("lowest lower 最低 更低 低"),
        _words("height altitude elevation 高度 海拔 身高"),
    ),
    Family(
        _both("oldest older 最老 最年长 年龄最大"), _both("youngest younger 最年轻 年龄最小"),
        _words("age 年龄"), _words("birth born birthday birthdate 出生 date"),
    ),
    Family(
        _both("newest latest most_recent newer 最新 最近 最晚"), _both("oldest earliest first 最早 最旧"),
        _words("date created time year since at on updated 日期 时间"),
    ),
    Family(
        _both("most_expensive dearest priciest costliest more_expensive 最贵 更贵 贵"),
        _both("cheapest least_expensive cheaper 最便宜 便宜"), _words("price cost fee rent fare 价格 单价 费用"),
    ),
    Family(_both("heaviest heavier 最重 重"), _both("lightest lighter 最轻 轻"), _words("weight 重量 体重")),
    Family(_both("fastest faster 最快 快"), _both("slowest slower 最慢 慢"), _words("speed 速度"), _words("duration time 用时")),
    Family(_both("deepest deeper 最深 深"), _both("shallowest shallower 最浅 浅"), _words("depth 深度")),
    Family(_both("widest wider 最宽 宽"), _both("narrowest narrower 最窄 窄"), _words("width 宽度")),
    Family(_both("richest wealthiest 最富 最有钱"), _both("poorest 最穷"), _words("income salary wealth worth 收入 工资")),
    Family(_both("best highest_rated 最好 评分最高"), _both("worst lowest_rated 最差"), _words("rating score grade 评分 分数 成绩")),
)  # fmt: skip
OF_HOW = {
    "big": "largest", "large": "largest", "long": "longest", "high": "highest", "tall": "tallest", "old": "oldest",
    "deep": "deepest", "wide": "widest", "heavy": "heaviest", "expensive": "most expensive", "fast": "fastest",
    "多大": "最大", "多长": "最长", "多高": "最高", "多重": "最重", "多深": "最深", "多宽": "最宽", "多贵": "最贵", "多快": "最快",
}  # fmt: skip
OF_NUMBERS = (
    "most", "least", "fewest", "most number of", "highest number of", "largest number of", "greatest number of",
    "lowest number of", "smallest number of", "最多", "最少", "数量最多", "数量最少",
)  # fmt: skip
