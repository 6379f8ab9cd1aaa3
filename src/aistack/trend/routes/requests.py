"""What requests have in common: bodies that are read as they are, up to a size, and the language of the answer."""

from typing import Annotated

from fastapi import Header, Request

from aistack.chassis.errors import InvalidInput, TooLarge
from aistack.trend.series.wording import Language

AcceptLanguage = Annotated[str, Header(description="en or zh; `language` in the request comes first", max_length=200)]
BODY_BYTES_MAX = 32 * 1024 * 1024
FORMS = {
    "text/csv": "csv", "application/csv": "csv", "application/jsonl": "jsonl", "application/x-ndjson": "jsonl",
    "application/x-jsonlines": "jsonl", "application/json": "json",
}  # fmt: skip


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


async def body_of(request: Request) -> bytes:
    """Raises TooLarge beyond BODY_BYTES_MAX."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise TooLarge(f"the body is larger than {BODY_BYTES_MAX >> 20} MiB; push it in several parts")
        parts.append(part)
    return b"".join(parts)


def form_of(request: Request) -> str:
    """`csv`, `jsonl` or `json`, by the Content-Type. Raises InvalidInput for others."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = FORMS.get(media_type)
    if form is None:
        raise InvalidInput(
            f"points of the type {media_type or 'nothing'} cannot be read; send text/csv, application/x-ndjson or"
            " application/json as the Content-Type"
        )
    return form
