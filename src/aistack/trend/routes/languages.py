"""The language of an answer's sentences."""

from typing import Annotated

from fastapi import Header

from aistack.trend.series.wording import Language

AcceptLanguage = Annotated[str, Header(description="en or zh; `language` in the request comes first", max_length=200)]


def chosen_language(asked: Language | None, accepted: str) -> Language:
    """The one that was asked for, otherwise the most preferred of Accept-Language that is there; English without."""
    if asked is not None:
        return asked
    preferred: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accepted.split(",")):
        word, _, weight = part.strip().lower().partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            quality = 0.0
        for language in ("en", "zh"):
            if word.partition("-")[0] == language and quality > 0:
                preferred.append((-quality, place, language))
    return min(preferred)[2] if preferred else "en"
