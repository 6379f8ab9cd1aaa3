"""Where to go after signing in: a path of this site, never another site (OWASP: unvalidated redirects)."""

import re
from urllib.parse import quote, urlsplit

HOME = "/"
CHARACTERS_MAX = 2_000
PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # visible ASCII without a backslash, and not "//"
LOOPS = ("/sign-in", "/sign-out")


def return_path(given: str) -> str:
    """The path itself when it is one of this site, otherwise the start page."""
    if len(given) > CHARACTERS_MAX or not PATH.fullmatch(given):
        return HOME
    parts = urlsplit(given)
    if parts.scheme or parts.netloc or _is_within(parts.path, LOOPS):
        return HOME
    return given


def sign_in_path(return_to: str = HOME) -> str:
    """The sign-in page that comes back to a path."""
    path = return_path(return_to)
    return "/sign-in" if path == HOME else f"/sign-in?next={quote(path, safe='/')}"


def _is_within(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)
