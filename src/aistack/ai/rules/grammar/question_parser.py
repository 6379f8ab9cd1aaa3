"""Reads a question: in which language, what its words can be, what all of it means, and what is beyond the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aistack.ai.rules.grammar import chinese, english
from aistack.ai.rules.grammar.chart_parser import Entry, Rule, parse
from aistack.ai.rules.grammar.lexicon import Lexicon, Values
from aistack.ai.rules.meaning.logical_form import Asked
from aistack.ai.schema.schema_graph import Knowledge
from aistack.ai.text.tokens import Unit, is_chinese, normal, units_of

UNITS_MAX = 80
CLOSE = 0.25  # readings whose costs differ by less are equally good


@dataclass(frozen=True, slots=True)
class Reading:
    """Every way to read the question, the best first, with their costs; or the words that are not understood."""

    readings: tuple[tuple[Asked, float], ...] = ()
    unknown: tuple[str, ...] = ()
    too_long: bool = False

    @property
    def best(self) -> tuple[Asked, ...]:
        """Those that are as good as the best."""
        return tuple(one for one, cost in self.readings if cost - self.readings[0][1] < CLOSE)


class Reader:
    """For one database; made once, used for many questions."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._languages: dict[bool, tuple[Lexicon, list[Rule]]] = {}

    def read(self, question: str, values: Values, today: date) -> Reading:
        """`values` says what of the question stands in the database, and where."""
        text = normal(question)
        units = units_of(text)
        if not units or len(units) > UNITS_MAX:
            return Reading(too_long=bool(units))
        lexicon, rules = self._language(is_chinese(text))
        entries = lexicon.entries(units, values, text, today)
        unknown = uncovered(units, entries)
        if unknown:
            return Reading(unknown=tuple(unknown))
        found = parse(len(units), entries, rules).get("ASK", {})
        ranked = sorted(((one, cost) for one, cost in found.items() if isinstance(one, Asked)), key=lambda one: one[1])
        return Reading(tuple(ranked))

    def _language(self, chinese_one: bool) -> tuple[Lexicon, list[Rule]]:
        if chinese_one not in self._languages:
            language = chinese if chinese_one else english
            lexicon = Lexicon(self.knowledge, language.words())
            self._languages[chinese_one] = lexicon, language.rules(lexicon)
        return self._languages[chinese_one]


def uncovered(units: Sequence[Unit], entries: Sequence[Entry]) -> list[str]:
    """Words that are nothing the lexicon knows; runs of them together."""
    known: set[int] = set()
    for entry in entries:
        known.update(range(entry.start, entry.end))
    runs: list[list[Unit]] = []
    before = -2
    for at, unit in enumerate(units):
        if at in known:
            continue
        if at == before + 1:
            runs[-1].append(unit)
        else:
            runs.append([unit])
        before = at
    return [("" if is_chinese(run[0].text) else " ").join(unit.text for unit in run) for run in runs]
