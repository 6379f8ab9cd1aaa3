"""Follow-up questions completed with the question before: "and in Kiel?", "by month", "那上海呢"."""

import re
from collections.abc import Sequence

from aistack.ai.text.tokens import is_chinese

LEADING = re.compile(
    r"^\s*(?:and|but|so|now|then|what about|how about|only|just|also|那么?|还有|再|以及|只看|只要|其中|换成)[\s,，]*",
    re.I,
)
TRAILING = re.compile(r"[呢吗?？。.!！\s]+$")


def complete_follow_up(question: str, previous: Sequence[str]) -> str:
    """What the question adds, joined to the last of the `previous` questions; unchanged if the languages differ."""
    added = TRAILING.sub("", LEADING.sub("", question))
    last = TRAILING.sub("", previous[-1])
    if not added or (is_chinese(last) != is_chinese(added) and is_chinese(last)):
        return question
    added = added.removesuffix("的")
    return f"{added}的{last}" if is_chinese(last) and not added.startswith(("按", "分")) else f"{last} {added}"
