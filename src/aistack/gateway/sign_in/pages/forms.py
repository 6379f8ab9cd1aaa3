"""Forms that browsers send to the pages for signing in."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from aistack.chassis.errors import InvalidInput, TooLarge
from aistack.chassis.trusted_hosts import SiteRules

BYTES_MAX = 64 * 1024
FIELDS_MAX = 32
FORM_TYPE = "application/x-www-form-urlencoded"
PAGES = SiteRules((), (), beyond_loopback=False)


def is_own_page(request: Request) -> bool:
    """Whether the browser says that the request comes from a page of this origin."""
    headers = request.headers
    host = headers.get("x-forwarded-host") or headers.get("host", "")
    origin, fetch_site = headers.get("origin", ""), headers.get("sec-fetch-site", "")
    return PAGES.same_site(host.encode("latin-1"), origin.encode("latin-1"), fetch_site.encode("latin-1"))


async def body_of(request: Request) -> bytes:
    """Raises TooLarge."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > BYTES_MAX:
            raise TooLarge(f"a form may have {BYTES_MAX} bytes")
    return body


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; the first value of each. Raises InvalidInput and TooLarge."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise InvalidInput(f"expected a form, {FORM_TYPE}")
    try:
        pairs = parse_qsl((await body_of(request)).decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except (ValueError, UnicodeDecodeError):
        raise InvalidInput("the form is malformed") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields
