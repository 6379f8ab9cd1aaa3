"""Entity extraction without a model: names, terms and dates in Chinese and English text, by rules and counts.

Names are runs of capitalized words that also occur in the middle of sentences. Terms are runs of content words that a
document repeats. Chinese words come from a segmenter with part-of-speech tags. Two entities in one sentence are linked,
with the phrase between them if it states a relation. "World Health Organization (WHO)" links a name to its alias.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from aistack.language.analysis import IS_CJK, STOP_WORDS, stem
from aistack.rag.graph.relations import Link, Mention, links_of
from aistack.rag.graph.vocabulary import CONNECTORS, HONORIFICS, LOCATIVES, NOT_TERMS, ORGANISATION, PLACE, UNITS
from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.sentences import sentences

KEY_CHARACTERS_MAX = 100
TERMS_OF_DOCUMENT_MAX = 60
TERM_COUNT_MIN = 2
NAME_WORDS_MAX = 8
TITLE_WORDS_MAX = 5
MENTIONS_OF_CHUNK_MAX = 40
UNCONFIRMED = "maybe"  # the kind of candidates that are a name only if another document confirms it

WORD = re.compile(r"[^\W\d_](?:[\w&'’.-]*\w)?|\d[\w.-]*", re.U)
CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.S)
INLINE_CODE = re.compile(r"`[^`\n]{1,200}`")
CODE_TERM = re.compile(r"`([^`\s]{2,60})`")
GAP = re.compile(r"[ \t\u00a0]*\n?[ \t\u00a0]*")
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE = re.compile(
    rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}} (?:{MONTHS}) \d{{4}}\b|\b(?:{MONTHS}) (?:\d{{1,2}}, )?\d{{4}}\b"
    r"|\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?"
)
CHINESE_NAMES = {"nr": "person", "nrt": "person", "ns": "place", "nt": "organisation", "nz": "name"}
CHINESE_TERMS = frozenset(("n", "vn", "l", "j", "an"))
TITLE = re.compile(r"《([^《》\n]{1,40})》")
CHINESE_ALIAS = re.compile(
    r"[（(](?:以下)?(?:简称|又称|亦称|也称|即)?[“\"「]?([^（）()“”\"「」，,。；;]{2,30})[”\"」]?[）)]"
)
MID_SENTENCE = re.compile(r"[\w,)'’] \Z|[\w,)'’]\n\Z")  # before a word in the middle of a sentence
ALIAS = re.compile(r"\s*\(([A-Z][A-Za-z0-9&.-]{1,11})\)")


@dataclass(frozen=True, slots=True)
class ChunkEntities:
    """The entities of a chunk as `(key, name, kind, count)`, its links as `(source, target, phrase, start, end)`."""

    mentions: list[tuple[str, str, str, int]]
    links: list[Link]


def fold(name: str) -> str:
    """The key of a name: the same for spellings that differ in case, width, spaces, a leading "the" or a possessive."""
    text = " ".join(unicodedata.normalize("NFKC", name).casefold().replace("’", "'").split())
    text = text.removeprefix("the ").removesuffix("'s")
    return text[:KEY_CHARACTERS_MAX]


def extract(document: ParsedDocument, spans: Sequence[tuple[int, int]]) -> list[ChunkEntities]:
    """The entities of each span of the document, in the order of `spans`. A mention belongs to every span around it."""
    text = document.text
    headings = [(block.start, block.end) for block in document.blocks if block.is_heading]
    parts = list(_sentences(text, headings))
    aliases: dict[str, str] = {}
    found = _mentions(text, parts, aliases)
    title = _title_mention(document)
    by_sentence: dict[int, list[Mention]] = defaultdict(list)
    for number, mention in found:
        by_sentence[number].append(mention)
    links = [
        link
        for number, (start, end, _) in enumerate(parts)
        for link in links_of(text, (start, end), by_sentence.get(number, []), aliases)
    ]
    mentions = [one for _, one in found]  # sorted by start, like the links
    starts, link_starts = [one.start for one in mentions], [link[3] for link in links]
    return [
        _of_span(
            [one for one in mentions[bisect_left(starts, start) : bisect_left(starts, end)] if one.end <= end],
            links[bisect_left(link_starts, start) : bisect_left(link_starts, end)],
            title,
        )
        for start, end in spans
    ]


def _of_span(mentions: Iterable[Mention], links: Iterable[Link], title: Mention | None) -> ChunkEntities:
    counts: Counter[str] = Counter()
    first: dict[str, Mention] = {}
    for one in mentions:
        counts[one.key] += 1
        first.setdefault(one.key, one)
    if title is not None and title.key not in first:
        counts[title.key], first[title.key] = 1, title
    kept = [key for key, _ in counts.most_common(MENTIONS_OF_CHUNK_MAX)]
    return ChunkEntities(
        [(key, first[key].name, first[key].kind, counts[key]) for key in kept],
        [link for link in links if link[0] in counts and link[1] in counts],
    )


def _title_mention(document: ParsedDocument) -> Mention | None:
    """The title as a mention for every chunk, if it is short enough to be a name."""
    words = WORD.findall(document.title)
    if not words or len(words) > TITLE_WORDS_MAX or not (IS_CJK.search(document.title) or _capital(words[0])):
        return None
    return Mention(fold(document.title), " ".join(document.title.split()), UNCONFIRMED, 0, 0)


def _sentences(text: str, headings: list[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Spans of the sentences outside code blocks, and whether each is in a heading."""
    code = [match.span() for match in CODE.finditer(text)]
    at = heading = 0
    for start, end in sentences(text):
        while heading < len(headings) and headings[heading][1] <= start:
            heading += 1
        while at < len(code) and code[at][1] <= start:
            at += 1
        if at < len(code) and code[at][0] < end:
            continue
        yield start, end, heading < len(headings) and headings[heading][0] <= start


def _mentions(text: str, parts: list[tuple[int, int, bool]], aliases: dict[str, str]) -> list[tuple[int, Mention]]:
    """`(sentence number, mention)` in the order of the text, without mentions that overlap a longer one.

    Adds to `aliases`.
    """
    found: list[tuple[int, Mention]] = []
    latin: list[tuple[int, bool, Mention]] = []
    runs: list[tuple[int, list[tuple[str, int, int]]]] = []
    plain = INLINE_CODE.sub(lambda match: " " * len(match.group()), text)
    lower = Counter(match.group() for match in WORD.finditer(plain) if match.group()[0].islower())
    for number, (start, end, is_heading) in enumerate(parts):
        part = text[start:end]
        found += [(number, Mention(fold(one), one, "date", start + at, start + at + len(one)))
                  for one, at in ((match.group(), match.start()) for match in DATE.finditer(part))]  # fmt: skip
        found += [(number, Mention(fold(match[1]), match[1], "code", start + match.start(), start + match.end()))
                  for match in CODE_TERM.finditer(part) if WORD.search(match[1])]  # fmt: skip
        if IS_CJK.search(part):
            found += ((number, one) for one in _chinese_mentions(part, start, runs, number, aliases))
        words = [(match.group(), match.start(), match.end()) for match in WORD.finditer(plain, start, end)]
        latin += ((number, confirmed, one) for confirmed, one in _names(plain, words, is_heading, lower, aliases))
        runs += ((number, run) for run in _content_runs(plain, words))
    found += _confirm_names(text, latin)
    found += _terms(runs)
    return _without_overlaps(found)


def _names(
    text: str, words: list[tuple[str, int, int]], is_heading: bool, lower: Counter[str], aliases: dict[str, str]
) -> Iterator[tuple[bool, Mention]]:
    """Runs of capitalized words, and whether the context confirms that it is a name."""
    all_caps = sum(word.isupper() and len(word) > 1 for word, _, _ in words) > max(3, len(words) * 0.6)
    if all_caps:
        return
    at = 0
    while at < len(words):
        if not _capital(words[at][0]):
            at += 1
            continue
        last = at
        while last + 1 < len(words) and last - at < NAME_WORDS_MAX and _continues(text, words, last):
            last += 1 if _capital(words[last + 1][0]) else 2
        first = at
        while first < last and (words[first][0].lower() in STOP_WORDS or words[first][0].lower() in HONORIFICS):
            first += 1
        start, end = words[first][1], words[last][2]
        name = text[start:end].removesuffix("'s").removesuffix("’s")
        single = first == last
        word = words[first][0].lower()
        acronym = name.isupper() and len(name) > 1
        ordinary = word in HONORIFICS or word in UNITS or len(word) < 2 or (word in STOP_WORDS and word not in aliases)
        if not (single and ordinary):
            inner = not is_heading and (first > at or bool(MID_SENTENCE.search(text, max(0, start - 3), start)))
            common = single and not acronym and lower[word] > 0
            confirmed = (inner or acronym or not single) and not common and not (is_heading and not acronym)
            mention = Mention(
                fold(name), " ".join(name.split()), _kind(words, at, first, last), start, start + len(name)
            )
            _add_alias(text, mention, aliases)
            yield confirmed, mention
        at = last + 1


def _continues(text: str, words: list[tuple[str, int, int]], last: int) -> bool:
    """Whether the name continues after `words[last]` with a capitalized word, or a connector and such a word."""
    between = text[words[last][2] : words[last + 1][1]]
    if not GAP.fullmatch(between) and not (between == ". " and len(words[last][0]) == 1):  # an initial
        return False
    if _capital(words[last + 1][0]):
        return True
    following = words[last + 1][0].lower() in CONNECTORS and last + 2 < len(words) and _capital(words[last + 2][0])
    return following and bool(GAP.fullmatch(text[words[last + 1][2] : words[last + 2][1]]))


def _capital(word: str) -> bool:
    return word[0].isupper() and not IS_CJK.match(word)


def _kind(words: list[tuple[str, int, int]], at: int, first: int, last: int) -> str:
    if any(words[one][0].lower().rstrip(".") in HONORIFICS for one in range(at, first)):
        return "person"
    inside = {words[one][0].lower().rstrip(".") for one in range(first, last + 1)}
    if inside & ORGANISATION:
        return "organisation"
    return "place" if inside & PLACE else "name"


def _add_alias(text: str, mention: Mention, aliases: dict[str, str]) -> None:
    match = ALIAS.match(text, mention.end)
    if match is None:
        return
    initials = "".join(word[0] for word in re.split(r"[\s-]+", mention.name) if word[:1].isupper())
    if len(match[1]) > 1 and match[1].replace(".", "").upper() in (initials.upper(), initials.upper() + "S"):
        aliases[fold(match[1])] = mention.key


def _confirm_names(text: str, latin: list[tuple[int, bool, Mention]]) -> Iterator[tuple[int, Mention]]:
    """Mentions of names that the document confirms; all others are UNCONFIRMED.

    A last name alone stands for the full name if there is only one that ends with it, it comes after that, and it does
    not stand where a place would: in Washington.
    """
    confirmed = {one.key for _, is_confirmed, one in latin if is_confirmed}
    full: dict[str, set[str]] = defaultdict(set)
    names: dict[str, Mention] = {}
    for key in confirmed:
        if " " in key:
            full[key.rpartition(" ")[2]].add(key)
    for _, _, one in latin:
        if one.key not in names or one.start < names[one.key].start:
            names[one.key] = one
    for number, _, one in latin:
        whole = full.get(one.key, set())
        known = names[next(iter(whole))] if len(whole) == 1 else None
        is_person = known is not None and known.kind in ("person", "name") and one.kind in ("person", "name")
        if known is not None and is_person and known.start < one.start and not _is_place(text, one):
            yield number, Mention(known.key, known.name, known.kind, one.start, one.end)
        else:
            yield number, one if one.key in confirmed else replace(one, kind=UNCONFIRMED)


def _is_place(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 16) : mention.start].split()
    return bool(before) and before[-1].lower() in LOCATIVES


def _content_runs(text: str, words: list[tuple[str, int, int]]) -> Iterator[list[tuple[str, int, int]]]:
    """Runs of lower-case content words that are separated only by spaces."""
    run: list[tuple[str, int, int]] = []
    for word in words:
        low = word[0]
        fits = low.islower() and low.isalpha() and len(low) > 2 and low not in STOP_WORDS and low not in NOT_TERMS
        if run and not (fits and GAP.fullmatch(text[run[-1][2] : word[1]])):
            if len(run) > 1:
                yield run
            run = []
        if fits:
            run.append(word)
    if len(run) > 1:
        yield run


def _terms(runs: list[tuple[int, list[tuple[str, int, int]]]]) -> Iterator[tuple[int, Mention]]:
    """Runs of two or three words that the document repeats, longer and more frequent ones first."""
    places: dict[str, list[tuple[int, int, int, str]]] = defaultdict(list)
    for number, run in runs:
        for size in (2, 3):
            for at in range(len(run) - size + 1):
                words = [word for word, _, _ in run[at : at + size]]
                chinese = bool(IS_CJK.match(words[0]))
                key = "".join(words) if chinese else " ".join([*words[:-1], stem(words[-1])])
                places[key].append((number, run[at][1], run[at + size - 1][2], ("" if chinese else " ").join(words)))
    repeated = {key: found for key, found in places.items() if len(found) >= TERM_COUNT_MIN}
    chosen = sorted(repeated, key=lambda key: (-len(repeated[key]) * (1 + key.count(" ")), key))
    for key in chosen[:TERMS_OF_DOCUMENT_MAX]:
        for number, start, end, name in repeated[key]:
            yield number, Mention(key[:KEY_CHARACTERS_MAX], name, "term", start, end)


def _chinese_mentions(
    part: str,
    offset: int,
    runs: list[tuple[int, list[tuple[str, int, int]]]],
    number: int,
    aliases: dict[str, str],
) -> Iterator[Mention]:
    """Names by part of speech, and titles in 《》. Adds runs of nouns, the candidates for terms, to `runs`."""
    at = offset
    nouns: list[tuple[str, int, int]] = []
    names: list[Mention] = []
    for word, tag in _segmented(part):
        start, at = at, at + len(word)
        chinese = bool(IS_CJK.match(word))
        if chinese and len(word) > 1 and tag in CHINESE_NAMES:
            names.append(Mention(fold(word), word, CHINESE_NAMES[tag], start, at))
        if chinese and len(word) > 1 and (tag in CHINESE_TERMS or tag in CHINESE_NAMES):
            nouns.append((word, start, at))
            continue
        if len(nouns) > 1:
            runs.append((number, nouns))
        nouns = []
    if len(nouns) > 1:
        runs.append((number, nouns))
    for match in TITLE.finditer(part):
        yield Mention(fold(match[1]), match[1], "work", offset + match.start(1), offset + match.end(1))
    for one in names:
        match = CHINESE_ALIAS.match(part, one.end - offset)
        if match is not None and (match[1].isascii() or "称" in match.group()):
            aliases[fold(match[1])] = one.key
            yield Mention(fold(match[1]), match[1], one.kind, offset + match.start(1), offset + match.end(1))
        yield one


@lru_cache(maxsize=1)
def _segmenter() -> Any:
    import rjieba

    return rjieba


def _segmented(text: str) -> list[tuple[str, str]]:
    """The words of the text with their part-of-speech tags, including whitespace and punctuation."""
    return _segmenter().tag(text, True)


def _without_overlaps(found: list[tuple[int, Mention]]) -> list[tuple[int, Mention]]:
    """In the order of the text, with the longer of two overlapping mentions."""
    kept: list[tuple[int, Mention]] = []
    for number, one in sorted(found, key=lambda pair: (pair[1].start, pair[1].start - pair[1].end)):
        if kept and one.start < kept[-1][1].end:
            if one.end - one.start > kept[-1][1].end - kept[-1][1].start:
                kept[-1] = (number, one)
            continue
        kept.append((number, one))
    return kept
