"""A multi-hop collection made from GeoQuery's tables: one short text for each place, questions over two or three texts.

Every fact stands in the text of one place only, and a question names just the first place of its chain. The evidence is
known: the texts of all places on the chain. `documents` and `questions` are the same at every run.
"""

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

CHINESE = [line.split("\t") for line in Path(__file__).with_name("places_zh.tsv").read_text("utf-8").splitlines()]
STATES_ZH = {name: chinese for kind, name, chinese in CHINESE if kind == "state"}
CAPITALS_ZH = {name: chinese for kind, name, chinese in CHINESE if kind == "capital"}


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    evidence: frozenset[str]


class Places:
    """GeoQuery's facts by place."""

    def __init__(self, tables: sqlite3.Connection) -> None:
        self.states = {row[0]: row for row in tables.execute("SELECT state_name, population, area, capital FROM state")}
        self.borders: dict[str, list[str]] = defaultdict(list)
        for one, other in tables.execute("SELECT state_name, border FROM border_info"):
            self.borders[one].append(other)
        self.cities = [row[0:2] for row in tables.execute("SELECT city_name, population FROM city")]
        query = "SELECT mountain_name, mountain_altitude, state_name FROM mountain"
        self.mountains = list(tables.execute(query))
        self.lakes = list(tables.execute("SELECT lake_name, area, state_name FROM lake"))
        self.rivers: dict[str, tuple[int, list[str]]] = {}
        for name, length, state in tables.execute("SELECT river_name, length, traverse FROM river"):
            self.rivers.setdefault(name, (length, []))[1].append(state)


def named(text: str) -> str:
    """`new york` as `New York`."""
    return " ".join(word if word in ("of", "the") else word[:1].upper() + word[1:] for word in text.split())


def english(places: Places) -> tuple[dict[str, str], list[Question]]:
    rivers_of: dict[str, list[str]] = defaultdict(list)
    for river, (_, states) in places.rivers.items():
        for state in states:
            rivers_of[state].append(river)
    return _english_documents(places, rivers_of), _english_questions(places, rivers_of)


def _english_documents(places: Places, rivers_of: dict[str, list[str]]) -> dict[str, str]:
    documents = {
        f"river-{river}": f"The {named(river)} River is {length} kilometres long. It rises in mountains far away."
        for river, (length, _) in places.rivers.items()
    }
    for state, _, area, capital in places.states.values():
        around = ", ".join(map(named, places.borders[state])) or "no other state"
        flows = ", ".join(f"the {named(river)} River" for river in rivers_of[state])
        documents[f"state-{state}"] = (
            f"{named(state)} covers {area:.0f} square miles. It borders {around}. "
            + (f"Through {named(state)} flows {flows}. " if flows else "")
            + f"Its seat of government is {named(capital)}."
        )
    for city, population in places.cities:
        text = f"{named(city)} has {population} inhabitants. People there work in trade and schools."
        documents.setdefault(f"city-{city}", text)
    for name, altitude, state in places.mountains:
        text = f"Mount {named(name)} rises {altitude} metres high. It stands in {named(state)}."
        documents[f"mountain-{name}"] = text
    for name, area, state in places.lakes:
        text = f"Lake {named(name)} measures {area:.0f} square kilometres. It lies in {named(state)}."
        documents.setdefault(f"lake-{name}", text)
    return documents


def _english_questions(places: Places, rivers_of: dict[str, list[str]]) -> list[Question]:
    questions: list[Question] = []
    cities = {city for city, _ in places.cities}
    for name, _, state in places.mountains:
        chain, mountain = (f"mountain-{name}", f"state-{state}"), f"Mount {named(name)}"
        capital, rivers = places.states[state][3], [f"river-{river}" for river in rivers_of[state][:2]]
        asked = f"How large is the area of the state where {mountain} stands?"
        questions.append(Question(asked, frozenset(chain)))
        if capital in cities:
            asked = f"How many inhabitants has the seat of government of the state where {mountain} stands?"
            questions.append(Question(asked, frozenset((*chain, f"city-{capital}"))))
        if rivers:
            asked = f"How long are the rivers that flow through the home of {mountain}?"
            questions.append(Question(asked, frozenset((*chain, *rivers))))
    for name, _, state in places.lakes:
        asked = f"Which states border the one where Lake {named(name)} lies?"
        questions.append(Question(asked, frozenset((f"lake-{name}", f"state-{state}"))))
    return questions


def chinese(places: Places) -> tuple[dict[str, str], list[Question]]:
    documents: dict[str, str] = {}
    questions: list[Question] = []
    for state, name in STATES_ZH.items():
        if state not in places.states:
            continue
        _, population, area, capital = places.states[state]
        around = "、".join(STATES_ZH[one] for one in places.borders[state] if one in STATES_ZH) or "海洋"
        documents[f"州-{name}"] = f"{name}的面积为{area:.0f}平方英里，人口为{population}。{name}与{around}接壤。"
        if capital in CAPITALS_ZH:
            city = CAPITALS_ZH[capital]
            documents[f"市-{city}"] = f"{city}是一座历史悠久的城市。{city}是{name}的首府，当地有许多学校和博物馆。"
            evidence = frozenset((f"州-{name}", f"市-{city}"))
            questions.append(Question(f"以{city}为首府的那个州面积有多大？", evidence))
            questions.append(Question(f"首府设在{city}的地方有多少人居住，又同哪些州相邻？", evidence))
    return documents, questions


def recall(found: list[str], evidence: frozenset[str], depth: int) -> float:
    """The share of the evidence among the first `depth` documents."""
    return len(evidence & set(found[:depth])) / len(evidence)
