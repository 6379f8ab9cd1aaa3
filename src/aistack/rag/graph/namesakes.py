"""Tells apart what shares a name: two people called John Smith, and two long forms of one abbreviation.

Documents say who they are about by the years of a life after the name that they begin with, or by a qualifier in their
title: "John Smith (1580-1631)", "John Smith (explorer)". Where two of them differ, each is an entity of its own. Other
chunks with the name belong to the one with whose documents they share the most names; if that is none, the name stays
without a qualifier there.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from aistack.language.analysis import IS_CJK
from aistack.rag.graph.entities import fold
from aistack.rag.graph.relations import ALIAS_PHRASE
from aistack.rag.graph.subjects import QUALIFIER, OpeningRow

MentionRow = tuple[int, str, str, str, int]  # chunk, key, name, kind, count
LinkRow = tuple[int, str, str, str, int, int]  # chunk, source, target, phrase, start, end

BEGINNING = re.compile(r"[#\s]*([^\n()（）]{2,80}?)\s*[(（]([^\n()（）]{1,100})[)）]")
LIFE = re.compile(r"\bborn\b|\bb\.|生|[\d年月日]\s*[-–—－~至]|[-–—－~]\s*\d")
YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d\d|[5-9]\d\d)(?!\d)")
YEARS_APART_MIN = 3  # sources may differ by a year or two on when somebody was born
SPELLINGS_ALIKE_MIN = 0.85  # of two long forms of an abbreviation that are one: organisation, organization
NAMELESS_KINDS = ("term", "date")  # never have namesakes


def told_apart(
    mentions: Sequence[MentionRow], links: Sequence[LinkRow], openings: Sequence[OpeningRow]
) -> tuple[list[MentionRow], list[LinkRow]]:
    """The mentions and links, with a qualifier in the keys and names of those who share one."""
    of_chunk = _qualifiers(mentions, openings)
    if not of_chunk:
        return list(mentions), list(links)
    for chunk, source, target, phrase, _, _ in links:
        if phrase == ALIAS_PHRASE and source in of_chunk.get(chunk, {}):
            of_chunk[chunk].setdefault(target, of_chunk[chunk][source])

    def key_in(chunk: int, key: str) -> str:
        qualifier = of_chunk.get(chunk, {}).get(key)
        return f"{key} ({qualifier})" if qualifier else key

    apart: list[MentionRow] = []
    for chunk, key, name, kind, count in mentions:
        found = key_in(chunk, key)
        apart.append((chunk, found, f"{name}{found[len(key) :]}", kind, count))
    keyed = [
        (chunk, key_in(chunk, source), key_in(chunk, target), phrase, start, end)
        for chunk, source, target, phrase, start, end in links
    ]
    return apart, keyed


def alias_targets(links: Iterable[LinkRow]) -> list[tuple[str, str]]:
    """Pairs of keys that are one entity by the links that name an alias: the alias, and what it stands for most often.

    An abbreviation with two long forms stands for both only if these are spellings of each other, or in two languages.
    """
    meant: dict[str, Counter[str]] = defaultdict(Counter)
    for _, source, target, phrase, _, _ in links:
        if phrase == ALIAS_PHRASE:
            meant[target][source] += 1
    pairs: list[tuple[str, str]] = []
    for alias, sources in meant.items():
        most = max(sources, key=lambda one: (sources[one], one))
        pairs.append((alias, most))
        pairs += [(one, most) for one in sources if one != most and _is_spelling(one, most)]
    return pairs


def _is_spelling(one: str, other: str) -> bool:
    if (IS_CJK.match(one) is None) != (IS_CJK.match(other) is None):
        return True  # in two languages, such as WHO's
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SPELLINGS_ALIKE_MIN


def _qualifiers(mentions: Sequence[MentionRow], openings: Sequence[OpeningRow]) -> dict[int, dict[str, str]]:
    """The qualifiers of names in chunks, by chunk and key."""
    known = {key for _, key, _, kind, _ in mentions if kind not in NAMELESS_KINDS}
    years: dict[str, dict[str, str]] = defaultdict(dict)  # by key and document
    titles: dict[str, dict[str, str]] = defaultdict(dict)
    document = {chunk: title or str(chunk) for chunk, title, _, _ in openings}
    for chunk, title, _, opening in openings:
        begins = BEGINNING.match(opening)
        if begins and LIFE.search(begins[2]) and (year := YEAR.search(begins[2])):
            years[fold(begins[1])].setdefault(document[chunk], year.group())
        if qualifier := QUALIFIER.search(title):
            titles[fold(title[: qualifier.start()])].setdefault(
                document[chunk], fold(qualifier.group().strip(" ()（）"))
            )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    chunks: dict[str, set[int]] = defaultdict(set)
    names: dict[int, set[str]] = defaultdict(set)
    shared = {key: of for key in known if (of := _different(years.get(key, {})) or _several(titles.get(key, {})))}
    if not shared:
        return {}
    for chunk, key, _, kind, _ in mentions:
        if kind not in NAMELESS_KINDS:
            names[chunk].add(key)
        if key in shared:
            chunks[key].add(chunk)
    for key, by_document in shared.items():
        context: dict[str, set[str]] = defaultdict(set)
        for chunk in chunks[key]:
            if qualifier := by_document.get(document.get(chunk, "")):
                found[chunk][key] = qualifier
                context[qualifier] |= names[chunk] - {key}
        for chunk in chunks[key]:
            common = Counter({one: len(names[chunk] & around) for one, around in context.items()}).most_common(2)
            is_clear = common and common[0][1] and (len(common) == 1 or common[0][1] > common[1][1])
            if key not in found[chunk] and is_clear:
                found[chunk][key] = common[0][0]
    return found


def _different(years: Mapping[str, str]) -> dict[str, str]:
    """Years by document, with those that are about the same as one; nothing if all are."""
    first: dict[int, int] = {}
    last = None
    for year in sorted({int(one) for one in years.values()}):
        first[year] = year if last is None or year - last >= YEARS_APART_MIN else first[last]
        last = year
    return _several({document: str(first[int(year)]) for document, year in years.items()})


def _several(qualifiers: Mapping[str, str]) -> dict[str, str]:
    return dict(qualifiers) if len(set(qualifiers.values())) > 1 else {}
