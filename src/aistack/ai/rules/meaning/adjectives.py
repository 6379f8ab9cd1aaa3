"""Superlatives and comparatives: which columns they refer to. Long refers to a length, old to an age or a birth date."""

from dataclasses import dataclass

from aistack.ai.schema.identifiers import identifier_words
from aistack.ai.schema.profiles import Column, ColumnProfile


@dataclass(frozen=True, slots=True)
class Adjective:
    """An adjective over one schema: the columns it can refer to, with +1 for high values or -1 for low ones.

    `sign` is the same without a column; `generic` if it can refer to any number, like the most.
    """

    columns: tuple[tuple[Column, int], ...]
    sign: int = 1
    generic: bool = False


@dataclass(frozen=True, slots=True)
class ExtremeColumn:
    """A column that holds an extreme, such as the highest point of a state, found by another column."""

    column: Column
    by: Column
    descending: bool


@dataclass(frozen=True, slots=True)
class AdjectiveFamily:
    """Adjectives with the words of column names they refer to; `generic` ones can refer to any number.

    `inverted` are words of columns with the opposite order: the oldest was born first.
    """

    most: tuple[str, ...]
    least: tuple[str, ...]
    columns: frozenset[str] = frozenset()
    inverted: frozenset[str] = frozenset()
    generic: bool = False

    def applies_to(self, profile: ColumnProfile) -> bool:
        """Whether a name of the column has one of the family's words."""
        words = {*identifier_words(profile.column.name), *(word for name in profile.names for word in name.split())}
        return bool(words & (self.columns | self.inverted)) and (profile.kind != "time" or self.applies_to_dates)

    def inverts(self, profile: ColumnProfile) -> bool:
        """Whether the most of the adjective is the least of the column."""
        return bool(set(identifier_words(profile.column.name)) & self.inverted)

    @property
    def applies_to_dates(self) -> bool:
        return "date" in self.columns | self.inverted


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(words: str) -> tuple[str, ...]:
    return tuple(one.replace("_", " ") for one in words.split())


ADJECTIVE_FAMILIES = (
    AdjectiveFamily(
        _phrases("most highest greatest largest biggest maximum max top most_number_of highest_number_of largest_number_of greatest_number_of 最多 数量最多 最高 最大"),
        _phrases("least fewest lowest smallest minimum min lowest_number_of smallest_number_of 最少 数量最少 最低 最小"), generic=True,
    ),
    AdjectiveFamily(
        _phrases("largest biggest larger bigger most_populous 最大 大"), _phrases("smallest smaller least_populous 最小 小"),
        _words("size area population 面积 人口 大小"),
    ),
    AdjectiveFamily(
        _phrases("longest longer 最长 更长 长"), _phrases("shortest shorter 最短 更短 短"),
        _words("length duration milliseconds seconds minutes runtime 长度 时长"),
    ),
    AdjectiveFamily(
        _phrases("highest tallest higher taller 最高 更高 高"), _phrases("lowest lower 最低 更低 低"),
        _words("height altitude elevation 高度 海拔 身高"),
    ),
    AdjectiveFamily(
        _phrases("oldest older 最老 最年长 年龄最大"), _phrases("youngest younger 最年轻 年龄最小"),
        _words("age 年龄"), _words("birth born birthday birthdate 出生 date"),
    ),
    AdjectiveFamily(
        _phrases("newest latest most_recent newer 最新 最近 最晚"), _phrases("oldest earliest first 最早 最旧"),
        _words("date created time year since at on updated 日期 时间"),
    ),
    AdjectiveFamily(
        _phrases("most_expensive dearest priciest costliest more_expensive 最贵 更贵 贵"),
        _phrases("cheapest least_expensive cheaper 最便宜 便宜"), _words("price cost fee rent fare 价格 单价 费用"),
    ),
    AdjectiveFamily(_phrases("heaviest heavier 最重 重"), _phrases("lightest lighter 最轻 轻"), _words("weight 重量 体重")),
    AdjectiveFamily(_phrases("fastest faster 最快 快"), _phrases("slowest slower 最慢 慢"), _words("speed 速度"), _words("duration time 用时")),
    AdjectiveFamily(_phrases("deepest deeper 最深 深"), _phrases("shallowest shallower 最浅 浅"), _words("depth 深度")),
    AdjectiveFamily(_phrases("widest wider 最宽 宽"), _phrases("narrowest narrower 最窄 窄"), _words("width 宽度")),
    AdjectiveFamily(_phrases("richest wealthiest 最富 最有钱"), _phrases("poorest 最穷"), _words("income salary wealth worth 收入 工资")),
    AdjectiveFamily(_phrases("best highest_rated 最好 评分最高"), _phrases("worst lowest_rated 最差"), _words("rating score grade 评分 分数 成绩")),
)  # fmt: skip
HOW_ADJECTIVES = {
    "big": "largest", "large": "largest", "long": "longest", "high": "highest", "tall": "tallest", "old": "oldest",
    "deep": "deepest", "wide": "widest", "heavy": "heaviest", "expensive": "most expensive", "fast": "fastest",
    "多大": "最大", "多长": "最长", "多高": "最高", "多重": "最重", "多深": "最深", "多宽": "最宽", "多贵": "最贵", "多快": "最快",
}  # fmt: skip
COUNT_SUPERLATIVES = (
    "most", "least", "fewest", "most number of", "highest number of", "largest number of", "greatest number of",
    "lowest number of", "smallest number of", "最多", "最少", "数量最多", "数量最少",
)  # fmt: skip
