"""SQL inside a message."""

import re

_FENCE = re.compile(r"```(?:sql)?\s*(.+?)```", re.I | re.S)
_LEAD = re.compile(
    r"^(?:(?:请|帮我|麻烦)*(?:运行|执行|跑)(?:一下|下)?(?:这条|这个|下面的?|以下的?)?(?:SQL|语句|查询)*\s*[:：]?\s*"
    r"|(?:please |can you |could you )*(?:run|execute|try)(?: this| the following| my| the)?"
    r"(?: sql)?(?: query| statement)?\s*:?\s+)",
    re.I,
)
_STATEMENT = re.compile(
    r"select\b(?!\s+(?:the|a|an|one|all of|your|from the)\b)(?:.+\bfrom\s+[\w\"`\[.(].*"
    r"|\s+(?:\*|[\d'(]|count|sum|now|version).*)"
    r"|with\s+(?:recursive\s+)?\w+(?:\s*\([^)]*\))?\s+as\s*\(.+"
    r"|explain\s+(?:analyze\s+|query plan\s+)*(?:select|with|insert|update|delete)\b.+"
    r"|show\s+(?:tables|databases|schemas|columns|create table|index|indexes)\b.*|(?:describe|desc)\s+[\w.\"`]+"
    r"|insert\s+into\s+\S+.+|update\s+\S+\s+set\s+.+=.+|delete\s+from\s+\S+.*"
    r"|(?:create|drop|alter|truncate)\s+(?:table|view|index)\b.+"
    r"|values\s*\(.+|pragma\s+\w+.*",
    re.I | re.S,
)


def statement_of(message: str) -> str | None:
    """The SQL statement that a message is, or asks to run."""
    fenced = _FENCE.search(message)
    text = fenced[1].strip() if fenced else message.strip()
    for candidate in (text, _LEAD.sub("", text, count=1).strip(), _after_colon(text)):
        if _STATEMENT.fullmatch(candidate.rstrip(";；？?。 ")):
            return candidate
    return None


def _after_colon(text: str) -> str:
    """What follows a short introduction: `我想看：select ...`."""
    lead, colon, rest = re.sub("：", ":", text, count=1).partition(":")
    return rest.strip() if colon and len(lead) < 40 else text
