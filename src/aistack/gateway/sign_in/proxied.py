"""Who a proxy in front of the gateway says that a person is.

Its header is believed only when the connection itself comes from one of the named networks.
"""

from functools import lru_cache

from starlette.requests import Request

from aistack.gateway.identity.trusted_proxies import TrustedProxies
from aistack.stack.identity.settings import ProxySettings


def proxied_name(request: Request, settings: ProxySettings) -> str:
    """What the proxy's header says; empty without one, with two, or when somebody else sent it."""
    values = request.headers.getlist(settings.header) if settings.header else []
    peer = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()  # the data plane adds it
    return values[0] if len(values) == 1 and _networks(settings.networks).trusts(peer) else ""


@lru_cache(maxsize=2)
def _networks(names: tuple[str, ...]) -> TrustedProxies:
    return TrustedProxies(names)
