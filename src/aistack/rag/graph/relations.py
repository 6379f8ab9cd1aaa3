"""Relation extraction: the phrase between two entities in a sentence, if it clearly states how they relate.

The words between two neighbouring entities are a phrase if they are a predicate of the first one: with a verb ("was
founded by"), or a noun and a preposition ("capital of", also after a comma). Text that crosses a clause, enumerates, or
belongs to another word is rejected: a missing relation does less harm than a wrong one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from aistack.language.analysis import CJK, IS_CJK, STOP_WORDS
from aistack.rag.graph.vocabulary import ARTICLES, AUXILIARIES, NEGATIONS, NOT_VERBS, PREPOSITIONS

LINKS_OF_SENTENCE_MAX = 15
PHRASE_WORDS_MAX = 6
PHRASE_CHARACTERS_MAX = 60
ALIAS_PHRASE = "also known as"

PLAIN = re.compile(r"[A-Za-z][A-Za-z' -]*")
APPOSITION = re.compile(r"\s*,\s+((?:which|who|that)\s+)?")
VERB = re.compile(r"[a-z]+(?:[^s]s|ed)")
OPENING = re.compile(r"[(\[（“\"«]\s*\Z|\w-\Z")  # before an entity that is quoted or part of a compound
CONTINUATION = re.compile(r"(?:['’]s\b|-\w)")  # after an entity that is only the start of a longer expression
STRIPPED = " *_`《》「」"
SINGULAR, PLURAL = ("is", "was", "has", "does"), ("are", "were", "have", "do")
COPULAS = ("is", "are", "was", "were")
DENIED = re.compile(  # before or after a statement that the text says is false
    r"\b(?:false(?:ly)?|untrue|not true|incorrect(?:ly)?|wrong(?:ly)?|mistaken(?:ly)?|myth|hoax|rumou?r(?:s|ed)?"
    r"|den(?:y|ies|ied|ying)|debunked|contrary to|disproved|refuted|alleged(?:ly)?|supposed(?:ly)?|no evidence|never)\b"
    r"|谣言|谣传|误传|误认为|错误地|并非|不实|否认|不属实|辟谣|据传|传闻|从未|从来没有|虚假",
    re.I,
)
CHINESE_NEGATION = re.compile("不|没|未|并非|绝非")
CHINESE_PLAIN = re.compile(f"[{CJK}]+")
CHINESE_VERB = re.compile("[是为在由任著娶嫁建写创率购设立位于生产毕学研发推辖属含括称流组领击统访]")
CHINESE_CLAUSE_VERB = re.compile(
    "位于|设在|设于|出生|创立|创办|创建|收购|著有|担任|属于|发明|成立|毕业|发现|研发|推出|流经"
)

Link = tuple[str, str, str, int, int]  # source, target, phrase, start and end of the sentence


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of an entity: `start` and `end` are character offsets into the document's text."""

    key: str
    name: str
    kind: str
    start: int
    end: int


def links_of(
    text: str, sentence: tuple[int, int], mentions: Sequence[Mention], aliases: Mapping[str, str]
) -> Iterator[Link]:
    """The pairs of entities in a sentence, nearest first, each once; only neighbours have a phrase.

    `sentence` is its span; `aliases` maps the keys of aliases to the keys that they stand for.
    """
    seen: dict[tuple[str, str], str] = {}
    is_denied = DENIED.search(text, *sentence) is not None
    pairs = sorted(combinations(range(len(mentions)), 2), key=lambda pair: (pair[1] - pair[0], pair[0]))
    for first, second in pairs:
        one, other = mentions[first], mentions[second]
        pair = (one.key, other.key)
        if one.key == other.key or pair in seen or pair[::-1] in seen:
            continue
        if aliases.get(other.key) == one.key or aliases.get(one.key) == other.key:
            seen[pair] = ALIAS_PHRASE
        else:
            is_stated = second == first + 1 and not is_denied
            seen[pair] = _phrase_between(text, sentence, one, other) if is_stated else ""
        if len(seen) == LINKS_OF_SENTENCE_MAX:
            break
    for (source, target), phrase in seen.items():
        yield source, target, phrase, *sentence


def _phrase_between(text: str, sentence: tuple[int, int], one: Mention, other: Mention) -> str:
    """The phrase between two neighbours, or an empty string."""
    in_parentheses = text[one.start - 1 : one.start] in ("(", "（") and text[one.end : one.end + 1] in (")", "）")
    follows_word = text[sentence[0] : one.start].rstrip(" (（")[-1:].isalnum()
    is_opened = OPENING.search(text, max(sentence[0], one.start - 2), one.start)
    if is_opened and not (in_parentheses and follows_word and one.name.isupper()):
        return ""
    if CONTINUATION.match(text, other.end):
        return ""
    between = text[one.end : other.start]
    if in_parentheses:
        between = between[1:]
    phrase = phrase_in(between)
    return phrase if one.kind != "term" or _agrees(one.name, phrase) else ""


def _agrees(name: str, phrase: str) -> bool:
    """Whether a term agrees in number with the verb of a phrase."""
    first = phrase.partition(" ")[0].lower()
    if name.endswith("s") and not name.endswith("ss"):
        return first not in SINGULAR
    return first not in PLURAL


def phrase_in(between: str) -> str:
    """The words between two entities if they are a predicate of the first one, or an empty string."""
    if len(between) > PHRASE_CHARACTERS_MAX:
        return ""
    if IS_CJK.search(between):
        return _chinese_phrase(between)
    following = APPOSITION.match(between)
    rest = between[following.end() :] if following else between
    if rest[:2] == ". ":
        rest = rest[2:]  # the full stop of an abbreviation
    words = " ".join(rest.split()).strip(STRIPPED).split()
    while words and words[-1].lower() in ARTICLES:
        words.pop()
    if not words or len(words) > PHRASE_WORDS_MAX or not all(PLAIN.fullmatch(word) for word in words):
        return ""
    low = [word.lower() for word in words]
    if NEGATIONS & set(low) or any(word.endswith("n't") for word in low):
        return ""
    in_apposition = following is not None and following[1] is None
    return " ".join(words) if _is_predicate(low, in_apposition=in_apposition) else ""


def _is_predicate(words: list[str], *, in_apposition: bool) -> bool:
    """Whether the words have a verb; in apposition, where a verb would have another subject, a noun."""
    first, last = words[0], words[-1]
    if words == ["of"]:
        return not in_apposition
    is_verb = first in AUXILIARIES or (len(first) > 3 and VERB.fullmatch(first) and first not in NOT_VERBS)
    if not in_apposition and is_verb:
        return last in PREPOSITIONS or (len(words) == 1 and (first in COPULAS or first not in AUXILIARIES))
    noun_first = first in ARTICLES or (first not in STOP_WORDS and first not in PREPOSITIONS)
    return in_apposition and noun_first and last in PREPOSITIONS and len(words) > 1


def _chinese_phrase(between: str) -> str:
    """Uninterrupted Chinese text with a verb; after a comma, only with one of the verbs that start a clause."""
    if CHINESE_NEGATION.search(between):
        return ""
    parts = [part.strip(STRIPPED) for part in re.split("[，,]", between)]
    phrase = parts[-1]
    if not CHINESE_PLAIN.fullmatch(phrase) or not 1 < len(phrase) <= 2 * PHRASE_WORDS_MAX:
        return phrase if phrase in ("是", "为", "在", "著") and len(parts) == 1 else ""
    wanted = CHINESE_VERB if len(parts) == 1 else CHINESE_CLAUSE_VERB
    return phrase if wanted.search(phrase) and len(parts) <= 2 else ""
