"""How two entities of a sentence relate: in the text's own words, where these are plain enough to be trusted.

Between two neighbours stands a phrase when it says something about the first with a verb ("was founded by"), or with a
noun and a preposition ("capital of", after a comma too). What runs over a clause's end, lists, or hangs on another word
is no phrase: a relation that is missing does less harm than a wrong one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from aistack.language.analysis import CJK, IS_CJK, STOP_WORDS
from aistack.rag.graph.vocabulary import ARTICLES, AUXILIARIES, NO_VERBS, PREPOSITIONS

LINKS_OF_SENTENCE_MAX = 15
PHRASE_WORDS_MAX = 6
PHRASE_CHARACTERS_MAX = 60
ALSO = "also known as"

PLAIN = re.compile(r"[A-Za-z][A-Za-z' -]*")
APPOSITION = re.compile(r"\s*,\s+((?:which|who|that)\s+)?")
VERB = re.compile(r"[a-z]+(?:[^s]s|ed)")
OPENING = re.compile(r"[(\[（“\"«]\s*\Z|\w-\Z")  # before an entity that stands for something else
GOING_ON = re.compile(r"(?:['’]s\b|-\w)")  # after an entity that is only the beginning of something
STRIPPED = " *_`《》「」"
SINGULAR, PLURAL = ("is", "was", "has", "does"), ("are", "were", "have", "do")
COPULAS = ("is", "are", "was", "were")
CHINESE_PLAIN = re.compile(f"[{CJK}]+")
CHINESE_VERB = re.compile("[是为在由任著娶嫁建写创率购设立位于生产毕学研发推辖属含括称流组领击统访]")
CHINESE_CLAUSE_VERB = re.compile(
    "位于|设在|设于|出生|创立|创办|创建|收购|著有|担任|属于|发明|成立|毕业|发现|研发|推出|流经"
)

Link = tuple[str, str, str, int, int]  # source, target, phrase, span of the sentence


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity at a place: `start` and `end` are offsets into the document's text."""

    key: str
    name: str
    kind: str
    start: int
    end: int


def links_of(
    text: str, sentence: tuple[int, int], mentions: Sequence[Mention], aliases: Mapping[str, str]
) -> Iterator[Link]:
    """The pairs of a sentence, nearest first; a pair comes once, with a phrase where neighbours have one between."""
    seen: dict[tuple[str, str], str] = {}
    near = sorted(combinations(range(len(mentions)), 2), key=lambda pair: (pair[1] - pair[0], pair[0]))
    for first, second in near:
        one, other = mentions[first], mentions[second]
        pair = (one.key, other.key)
        if one.key == other.key or pair in seen or pair[::-1] in seen:
            continue
        if aliases.get(other.key) == one.key or aliases.get(one.key) == other.key:
            seen[pair] = ALSO
        else:
            seen[pair] = _between(text, sentence, one, other) if second == first + 1 else ""
        if len(seen) == LINKS_OF_SENTENCE_MAX:
            break
    for (source, target), phrase in seen.items():
        yield source, target, phrase, *sentence


def _between(text: str, sentence: tuple[int, int], one: Mention, other: Mention) -> str:
    """The phrase between two neighbours, or nothing."""
    alias_before = text[one.start - 1 : one.start] in ("(", "（") and text[one.end : one.end + 1] in (")", "）")
    named_before = text[sentence[0] : one.start].rstrip(" (（")[-1:].isalnum()
    stands_for_other = OPENING.search(text, max(sentence[0], one.start - 2), one.start)
    if stands_for_other and not (alias_before and named_before and one.name.isupper()):
        return ""
    if GOING_ON.match(text, other.end):
        return ""
    between = text[one.end : other.start]
    if alias_before:
        between = between[1:]
    phrase = phrase_in(between)
    return phrase if one.kind != "term" or _agrees(one.name, phrase) else ""


def _agrees(name: str, phrase: str) -> bool:
    """Whether a term can be the subject of a phrase's verb by its number."""
    first = phrase.partition(" ")[0].lower()
    if name.endswith("s") and not name.endswith("ss"):
        return first not in SINGULAR
    return first not in PLURAL


def phrase_in(between: str) -> str:
    """What the words between two entities say of the first, or nothing."""
    if len(between) > PHRASE_CHARACTERS_MAX:
        return ""
    if IS_CJK.search(between):
        return _chinese(between)
    following = APPOSITION.match(between)
    rest = between[following.end() :] if following else between
    if rest[:2] == ". ":
        rest = rest[2:]  # of an abbreviation
    words = " ".join(rest.split()).strip(STRIPPED).split()
    while words and words[-1].lower() in ARTICLES:
        words.pop()
    if not words or len(words) > PHRASE_WORDS_MAX or not all(PLAIN.fullmatch(word) for word in words):
        return ""
    low = [word.lower() for word in words]
    if {"and", "or", "but", "nor", "than", "if", "when", "while", "because", "without", "not"} & set(low):
        return ""
    apposed = following is not None and following[1] is None
    return " ".join(words) if _says_something(low, apposed=apposed) else ""


def _says_something(words: list[str], *, apposed: bool) -> bool:
    """With a verb; or with a noun when they stand in apposition, where a verb would be somebody else's."""
    first, last = words[0], words[-1]
    if words == ["of"]:
        return not apposed
    if not apposed and (first in AUXILIARIES or (len(first) > 3 and VERB.fullmatch(first) and first not in NO_VERBS)):
        return last in PREPOSITIONS or (len(words) == 1 and (first in COPULAS or first not in AUXILIARIES))
    noun_first = first in ARTICLES or (first not in STOP_WORDS and first not in PREPOSITIONS)
    return apposed and noun_first and last in PREPOSITIONS and len(words) > 1


def _chinese(between: str) -> str:
    """Of Chinese, what stands without a break; after a comma, only what begins with a verb of its own."""
    parts = [part.strip(STRIPPED) for part in re.split("[，,]", between)]
    phrase = parts[-1]
    if not CHINESE_PLAIN.fullmatch(phrase) or not 1 < len(phrase) <= 2 * PHRASE_WORDS_MAX:
        return phrase if phrase in ("是", "为", "在", "著") and len(parts) == 1 else ""
    wanted = CHINESE_VERB if len(parts) == 1 else CHINESE_CLAUSE_VERB
    return phrase if wanted.search(phrase) and len(parts) <= 2 else ""
