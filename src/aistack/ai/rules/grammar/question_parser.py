"""Parses a question with the grammar of its language into every interpretation, or names the words it does not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from aistack.ai.linking.value_linker import ValueLinks
from aistack.ai.rules.grammar import chinese, english
from aistack.ai.rules.grammar.chart_parser import Entry, Rule, parse
from aistack.ai.rules.grammar.lexicon import Lexicon
from aistack.ai.rules.meaning.logical_form import Query
from aistack.ai.schema.schema_graph import SchemaGraph
from aistack.ai.text.tokens import Token, is_chinese, normalized, tokenize

TOKENS_MAX = 80
AMBIGUITY_MARGIN = 0.25  # interpretations whose costs differ by less are equally likely


@dataclass(frozen=True, slots=True)
class ParseResult:
    """Every interpretation with its cost, the most likely first; or the words that the lexicon does not know."""

    interpretations: tuple[tuple[Query, float], ...] = ()
    unknown: tuple[str, ...] = ()
    too_long: bool = False

    @property
    def best(self) -> tuple[Query, ...]:
        """Those that are as likely as the first."""
        return tuple(one for one, cost in self.interpretations if cost - self.interpretations[0][1] < AMBIGUITY_MARGIN)


class QuestionParser:
    """Built once for a database, used for many questions."""

    def __init__(self, graph: SchemaGraph) -> None:
        self.graph = graph
        self._languages: dict[bool, tuple[Lexicon, list[Rule]]] = {}

    def parse(self, question: str, values: ValueLinks, today: date) -> ParseResult:
        """`values` are the phrases of the question that are values in the database; `today` resolves relative dates."""
        text = normalized(question)
        tokens = tokenize(text)
        if not tokens or len(tokens) > TOKENS_MAX:
            return ParseResult(too_long=bool(tokens))
        lexicon, rules = self._language(is_chinese(text))
        entries = lexicon.entries(tokens, values, text, today)
        unknown = unknown_phrases(tokens, entries)
        if unknown:
            return ParseResult(unknown=tuple(unknown))
        found = parse(len(tokens), entries, rules).get("ASK", {})
        ranked = sorted(((one, cost) for one, cost in found.items() if isinstance(one, Query)), key=lambda one: one[1])
        return ParseResult(tuple(ranked))

    def _language(self, in_chinese: bool) -> tuple[Lexicon, list[Rule]]:
        if in_chinese not in self._languages:
            language = chinese if in_chinese else english
            lexicon = Lexicon(self.graph, language.words())
            self._languages[in_chinese] = lexicon, language.rules(lexicon)
        return self._languages[in_chinese]


def unknown_phrases(tokens: Sequence[Token], entries: Sequence[Entry]) -> list[str]:
    """Tokens without a lexicon entry, adjacent ones joined."""
    known: set[int] = set()
    for entry in entries:
        known.update(range(entry.start, entry.end))
    runs: list[list[Token]] = []
    before = -2
    for at, token in enumerate(tokens):
        if at in known:
            continue
        if at == before + 1:
            runs[-1].append(token)
        else:
            runs.append([token])
        before = at
    return [("" if is_chinese(run[0].text) else " ").join(token.text for token in run) for run in runs]
