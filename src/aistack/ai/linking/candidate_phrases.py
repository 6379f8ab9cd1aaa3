"""The n-grams of a question that could be a value in the database, and what to look up for each."""

from collections.abc import Sequence

from aistack.ai.schema.glossary import value_translations
from aistack.ai.text.tokens import Token, is_chinese, normalized, tokenize

PHRASES_MAX = 300
WORDS_MAX = 6
CHARACTERS_MAX = 12


def candidate_phrases(question: str) -> list[str]:
    """Runs of tokens in lower case, the shortest first."""
    text = normalized(question)
    tokens = tokenize(text)
    found: dict[str, None] = {}
    longest = CHARACTERS_MAX if is_chinese(text) else WORDS_MAX
    for size in range(1, longest + 1):
        for start in range(len(tokens) - size + 1):
            found[_phrase(text, tokens[start : start + size])] = None
    return [one for one in found if one][:PHRASES_MAX]


def search_terms(phrases: Sequence[str]) -> dict[str, str]:
    """The values to look up, in lower case, and the phrase that each stands for: the phrases and their translations."""
    translated = {value: phrase for phrase in phrases for value in value_translations(phrase)}
    translated |= {one.replace("'", "’"): one for one in phrases if "'" in one}
    return translated | {phrase: phrase for phrase in phrases}


def _phrase(text: str, tokens: Sequence[Token]) -> str:
    return tokens[0].text.lower() if len(tokens) == 1 else text[tokens[0].start : tokens[-1].end].lower()
