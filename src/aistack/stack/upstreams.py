"""Checks `[upstreams.NAME]` of `stack.toml`: services that do not register, under the rules for those that do."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from aistack.stack import fields
from aistack.stack.catalogue import CATALOGUE, MODELS, PROGRAMS, RESERVED_PREFIXES
from aistack.stack.description import DescribedService, Upstream
from aistack.stack.errors import refused
from aistack.stack.fields import Table

ROUTE = re.compile(r"/[A-Za-z0-9._~/-]{0,255}")
URL = re.compile(r"http://(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253}))(?::([0-9]{1,5}))?/?")
LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
HEALTH_PATH = re.compile(r"/[!-~]{0,255}")
URL_ALLOWED = "allowed: http://NAME or http://ADDRESS, and :PORT from 1 to 65535; no path, query or password"


def upstreams_of(tables: Table, path: Path, services: Mapping[str, DescribedService]) -> tuple[Upstream, ...]:
    """The upstreams of a description. Raises StackError."""
    claimed = {
        prefix: f"services.{one.name}"
        for one in services.values()
        if one.enabled and one.name != "gateway"
        for prefix in one.entry.prefixes
    }
    upstreams: list[Upstream] = []
    for name in tables:
        prefix = f"upstreams.{name}."
        table = fields.table(tables, name, path, "upstreams.")
        fields.only(table, {"urls", "routes", "health_path"}, prefix, path)
        if name in CATALOGUE or name in PROGRAMS or name == MODELS:
            raise refused(prefix[:-1], name, f"{name} is a service of the stack; use another name", str(path))
        urls, routes = (fields.texts(table, key, prefix, path) for key in ("urls", "routes"))
        for url in urls:
            problem = _url_error(url, services["gateway"].port)
            if problem:
                raise refused(prefix + "urls", url, problem, str(path))
        for route in routes:
            problem = _route_error(route, claimed)
            if problem:
                raise refused(prefix + "routes", route, problem, str(path))
            claimed[route.rstrip("/")] = prefix[:-1]
        health_path = fields.matching(table, "health_path", "/health", prefix, path, HEALTH_PATH)
        upstreams.append(Upstream(name, tuple(urls), tuple(routes), health_path))
    return tuple(upstreams)


def _route_error(route: str, claimed: Mapping[str, str]) -> str:
    if not route.startswith("/"):
        return "a route must start with /"
    if not ROUTE.fullmatch(route):
        return "a route contains at most 256 letters, digits and . _ ~ - / only"
    route = route.rstrip("/")
    if any(segment in ("", ".", "..") for segment in route.split("/")[1:]):
        return "a route has no empty segments and no . or .. segments"
    if _within(route, RESERVED_PREFIXES):
        return f"{route or '/'} belongs to the gateway"
    return f"{claimed[route]} already has this route" if route in claimed else ""


def _within(route: str, prefixes: Iterable[str]) -> bool:
    return not route or any(route == own or route.startswith(own + "/") for own in prefixes)


def _url_error(url: str, gateway_port: int) -> str:
    found = URL.fullmatch(url)
    if found is None or not _is_host(found[1], found[2]):
        return URL_ALLOWED
    port = int(found[3] or 80)
    if not 1 <= port <= 65535:
        return URL_ALLOWED
    host = (found[1] or found[2]).lower()
    is_here = host == "localhost" or (not _is_name(host) and ipaddress.ip_address(host).is_loopback)
    return "this is the gateway itself, and the route would be a loop" if is_here and port == gateway_port else ""


def _is_host(six: str | None, other: str) -> bool:
    if six is None and _is_name(other):
        return all(LABEL.fullmatch(label) for label in other.removesuffix(".").split("."))
    try:
        return ipaddress.ip_address(six or other).version == (6 if six else 4)
    except ValueError:
        return False


def _is_name(host: str) -> bool:
    """A host whose last label is a number is an IPv4 address or invalid: `127.1` must not be resolved."""
    return ":" not in host and not NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2])
