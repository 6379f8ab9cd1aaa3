"""Which revision of the protocol a message speaks, and whether its HTTP headers agree with it (transports, 2026-07-28).

A message of the stateless revision says so in `_meta` and repeats version, method and name in headers, so that proxies
can route it without reading the body. Headers and body that differ are refused: each side would act on another one.
"""

from collections.abc import Iterable, Mapping

from aistack.agent.json_values import is_object
from aistack.agent.mcp_revisions import (
    META,
    METHOD_HEADER,
    NAME_HEADER,
    NAMED_BY,
    STATELESS,
    VERSION_HEADER,
    WITH_HANDSHAKE,
    decoded,
)
from aistack.agent.mcp_server.protocol import (
    ASSUMED,
    HEADER_MISMATCH,
    INVALID_PARAMS,
    UNSUPPORTED_VERSION,
    Client,
    Message,
    RpcError,
)


def client_of(message: Message, headers: Iterable[tuple[str, str]]) -> Client:
    """The revision and capabilities of a message's client. Raises RpcError if its headers contradict its body."""
    given = _routing_headers(headers)
    named, in_header = message.meta.get(META + "protocolVersion"), given.get(VERSION_HEADER)
    if named is None and (in_header is None or in_header in WITH_HANDSHAKE or message.method == "initialize"):
        return Client(in_header if in_header in WITH_HANDSHAKE else ASSUMED)
    if message.id is None:  # nothing is defined for notifications but the version
        if in_header is not None and in_header != STATELESS:
            raise _unsupported(in_header)
        return Client(STATELESS)
    capabilities = message.meta.get(META + "clientCapabilities")
    if not isinstance(named, str) or not is_object(capabilities):
        raise RpcError(
            INVALID_PARAMS, f"params._meta needs {META}protocolVersion and {META}clientCapabilities in every request"
        )
    _check(VERSION_HEADER, in_header, named)
    _check(METHOD_HEADER, given.get(METHOD_HEADER), message.method)
    parameter = NAMED_BY.get(message.method)
    if parameter is not None and message.params.get(parameter) is not None:
        _check(NAME_HEADER, decoded(given.get(NAME_HEADER)), message.params[parameter])
    if named != STATELESS:
        raise _unsupported(named)
    return Client(named, capabilities)


def _routing_headers(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        if name not in (VERSION_HEADER, METHOD_HEADER, NAME_HEADER):
            continue
        if name in found:
            raise RpcError(HEADER_MISMATCH, f"{name} was sent twice")
        found[name] = value
    return found


def _check(name: str, given: str | None, wanted: object) -> None:
    if given is None or given != wanted:
        raise RpcError(HEADER_MISMATCH, f"the header {name} does not match the body")


def _unsupported(version: str) -> RpcError:
    supported = [*WITH_HANDSHAKE, STATELESS]
    return RpcError(
        UNSUPPORTED_VERSION, "this version of the protocol is not supported",
        {"supported": supported, "requested": version},
    )  # fmt: skip
