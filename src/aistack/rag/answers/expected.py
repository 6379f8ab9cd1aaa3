"""What kind of answer a question expects (who, when, how many, where, why), and whether a text has one of that kind."""

import re

from aistack.language.analysis import STOP_WORDS

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundreds?|thousands?|millions?|billions?|half|thirds?"
    "|quarters?|dozens?|twice|once|several|both|none|no"
)
EXPECTED = {
    "time": re.compile(
        r"\bwhen\b|\b(?:what|which)\s+(?:\w+\s+)?(?:year|date|day|month|century|decade|time|era|period)s?\b"
        "|何时|何年|什么时[候间]|哪一?[年天月日]|几[年月日点]|多久|年份|日期|时间是|哪个?(?:年代|世纪|时期|朝代)",
        re.I,
    ),
    "number": re.compile(
        r"\bhow\s+(?:many|much|long|tall|old|far|high|large|big|deep|wide|often|fast|heavy)\b|\b(?:what|which)\s+"
        r"(?:percentage|percent|number|proportion|share|is the (?:\w+ )?(?:length|height|population|area|size|number"
        r"|width|depth|price|cost|total))\b|多少|几[个位名次条种座所届岁人家支部天倍成]|多[大高长远宽深重快]|第几",
        re.I,
    ),
    "person": re.compile(r"\bwho\b|\bwhom\b|\bwhose\b|谁|何人|哪[一几]?位|什么人|哪个人", re.I),
    "place": re.compile(
        r"\bwhere\b|\b(?:what|which)\s+(?:\w+\s+)?(?:country|countries|city|cities|place|state|region|river|town|area"
        r"|location|continent|province)\b|哪里|哪儿|何处|何地|什么地方|哪[个些]?(?:国家|城市|省|市|县|地区|地方)|哪国|位于哪|在哪",
        re.I,
    ),
    "way": re.compile(
        r"\bhow\s+(?:do|can|could|should|would|must|may)\s+(?:i|we|you|one)\b|\bhow\s+to\b|\bwhat(?: is the)? command\b"
        "|如何|怎么(?!样|会)|怎样|什么命令|哪[个条]命令",
        re.I,
    ),
    "reason": re.compile(r"\bwhy\b|为什么|为何|什么原因|原因是|怎么会", re.I),
}
EVIDENCE = {
    "time": re.compile(
        rf"\b\d{{3,4}}s?\b|\b(?:{_MONTHS}|{_DAYS}|centur(?:y|ies)|decades?|years?|months?|weeks?|hours?|days?|minutes?"
        r"|dusk|dawn|night|noon|midnight|morning|evening|spring|summer|autumn|winter|past|o'clock|[ap]\.?m)\b"
        r"|\d+\s*[年月日号时点天]|世纪|年代|时期|[一二三四五六七八九十〇零]+[年月日]|[朝代]|\d{1,2}:\d\d|\d{1,4}[-/]\d{1,2}",
        re.I,
    ),
    "number": re.compile(rf"\d+(?:[.,:]\d+)*|\b(?:{_NUMBERS})\b|[一二两三四五六七八九十百千万亿半]", re.I),
    "person": re.compile(r"[A-Z][\w'’-]+|[\u4e00-\u9fff]"),
    "place": re.compile(r"[A-Z][\w'’-]+|[国省市县区州镇乡村岛洲路街山河江海港湾城厅馆楼室院校]"),
    "way": re.compile(
        r"`[^`]+`|```|https?://|^(?:run|use|set|open|add|call|install|start|send|upload|choose|select|click|copy|put|write|go"
        r"|turn|enable|press|create)\b|\bby \w+ing\b|通过|使用|运行|设置|打开|点击|选择|先.*再|即可",
        re.I | re.M,
    ),
    "reason": re.compile(
        r"\b(?:because|due to|since|so that|in order|as a result|owing|caused?|reasons?|therefore|to|for)\b"
        "|因|由于|为了|故|以便|以致|所以|原因|导致",
        re.I,
    ),
}
NEGATED = re.compile(
    r"\b(?:not|never|no longer|without|except|cannot)\b|n['’]t\b"
    "|不(?!同|过|仅|但|断|久|少|锈)|没有|从未|并非|除了|未(?!来)",
    re.I,
)


def expected_kind(question: str) -> str:
    """A key of EXPECTED, or "" if the question expects no particular kind."""
    return next((kind for kind, pattern in EXPECTED.items() if pattern.search(question)), "")


def has_expected(kind: str, text: str, question: str) -> bool:
    """Whether a text has something of a kind that the question does not already state."""
    lowered = question.lower()
    for match in EVIDENCE[kind].finditer(text):
        found = match.group()
        if kind in ("person", "place") and found.isascii():
            at_start = not text[: match.start()].strip()
            if found.lower() in lowered or (at_start and found.lower() in STOP_WORDS):
                continue
        elif found.lower() in lowered and any(one.isdigit() for one in found):
            continue
        return True
    return False


def is_negated(text: str) -> bool:
    """Whether a text denies something: not, never, 不, 没有."""
    return NEGATED.search(text) is not None
