"""The query terms of the first term form, for indexes that were written with it and are being rebuilt.

Words without signs, and pairs of characters; the text is taken as it stands.
"""

import re
import unicodedata

from aistack.language.analysis import STOP_WORDS
from aistack.language.stemming import stem

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003134f"
_TOKEN = re.compile(f"(?P<run>[{_CJK}]+)|[^\\W_{_CJK}]+")
_QUESTION_WORDS = re.compile(
    "什么时候|什么样|为什么|是什么|什么|怎么样|怎么办|怎么|怎样|如何|为何|哪里|哪些|哪个|哪种|多少|是否|可不可以|可以|能否|请问|介绍一下"
    "|请介绍|解释一下|告诉我|一下|有没有|有哪些|是谁|我们|你们|他们|这个|那个|以及|或者|因为|所以|如果|但是|应该|[的了是吗呢吧啊谁几]"
)


def query_terms(text: str) -> list[str]:
    """The distinct terms of a query, as `analysis.query_terms` gave them for term form 1."""
    return list(dict.fromkeys(_terms(_QUESTION_WORDS.sub(" ", text))) or dict.fromkeys(_terms(text)))


def _terms(text: str) -> list[str]:
    terms: list[str] = []
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text)):
        run = match["run"]
        if run is not None:
            terms += [run[at : at + 2] for at in range(len(run) - 1)] or [run]
            continue
        decomposed = unicodedata.normalize("NFD", match.group().lower())
        word = "".join(one for one in decomposed if not unicodedata.combining(one))
        if word not in STOP_WORDS:
            terms.append(stem(word) if word.isascii() else word)
    return terms
