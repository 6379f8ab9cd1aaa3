"""Request bodies that are read as they are, up to a size."""

from fastapi import Request

from aistack.chassis.errors import InvalidInput, TooLarge

BODY_BYTES_MAX = 32 * 1024 * 1024
FORMS = {
    "text/csv": "csv", "application/csv": "csv", "application/jsonl": "jsonl", "application/x-ndjson": "jsonl",
    "application/x-jsonlines": "jsonl", "application/json": "json",
}  # fmt: skip


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
