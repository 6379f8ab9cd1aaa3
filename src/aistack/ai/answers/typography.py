"""Typography of answers: English plurals, and spaces between Chinese and Latin text."""

import re

from aistack.ai.schema.profiles import singular

UNCOUNTABLE = frozenset(
    ("people", "staff", "data", "information", "news", "media", "equipment", "inventory", "history", "music", "stock",
     "personnel", "feedback", "traffic", "weather", "software", "hardware", "children", "men", "women")
)  # fmt: skip
BOUNDARY = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])")


def spaced(text: str) -> str:
    """With a space wherever a Chinese character and a Latin letter or a digit meet."""
    return BOUNDARY.sub(" ", text)


def plural_noun(name: str) -> str:
    """The plural of a table's name; unchanged if it is plural already, or in capitals."""
    last = re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", name)[-1].lower()
    if not name.isascii() or not last.isalpha() or name.isupper() or last in UNCOUNTABLE or singular_noun(name) != name:
        return name
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"


def singular_noun(name: str) -> str:
    """The singular of a table's name."""
    return singular([name])[0]
