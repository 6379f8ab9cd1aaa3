"""A Redis session: keys page by page, values of every type, and commands that only read.

Protection: an allow-list of commands, each also checked against the flags that the server reports for it (`COMMAND
INFO`: not write, admin or blocking), and no command whose reply would exceed the size limits.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aistack.databases.schema import ColumnInfo, Schema, TableInfo
from aistack.databases.session import DatabaseFailed, Limits, Mode, Probe, Result, TimeLimit
from aistack.databases.target import Target

READS = frozenset(
    (
        "bitcount", "bitpos", "dbsize", "exists", "expiretime", "geodist", "geohash", "geopos", "get", "getbit",
        "getrange", "hexists", "hget", "hgetall", "hkeys", "hlen", "hmget", "hrandfield", "hscan", "hstrlen", "hvals",
        "lindex", "llen", "lpos", "lrange", "memory", "mget", "object", "pttl", "randomkey", "scan", "scard", "sinter",
        "sintercard", "sismember", "smembers", "smismember", "srandmember", "sscan", "strlen", "sunion", "ttl", "type",
        "xinfo", "xlen", "xrange", "xrevrange", "zcard", "zcount", "zlexcount", "zmscore", "zrandmember", "zrange",
        "zrangebylex", "zrangebyscore", "zrank", "zrevrange", "zrevrangebyscore", "zrevrank", "zscan", "zscore",
    )
)  # fmt: skip
SUBCOMMANDS = {
    "memory": ("usage",),
    "object": ("encoding", "freq", "idletime", "refcount"),
    "xinfo": ("stream", "groups"),
}
SIZES = {  # the command that counts the entries a reply could have
    **dict.fromkeys(("hgetall", "hkeys", "hvals"), "HLEN"),
    **dict.fromkeys(("smembers", "sunion", "sinter"), "SCARD"),
    "lrange": "LLEN",
    **dict.fromkeys(("zrange", "zrevrange", "zrangebyscore", "zrevrangebyscore", "zrangebylex"), "ZCARD"),
    **dict.fromkeys(("xrange", "xrevrange"), "XLEN"),
}
RANDOM = frozenset(("srandmember", "hrandfield", "zrandmember"))  # with a negative count, entries repeat
RANGES = frozenset(("getrange", "lrange", "zrange", "zrevrange", "xrange", "xrevrange", *RANDOM))
FORBIDDEN_FLAGS = frozenset(("write", "admin", "blocking", "pubsub", "noscript"))
WHOLE_VALUES = frozenset(
    ("get", "lindex", "hget", "hmget", "hvals", "hgetall", "hkeys", "smembers", "sunion", "sinter", "mget")
)
MULTI_KEY = frozenset(("mget", "sunion", "sinter"))  # every word after the command is a key
REPLY_BYTES_MAX = 8 << 20
ENTRIES_MAX = 10_000
SAMPLED_KEYS_MAX = 20_000
PREFIXES_MAX = 200
WORDS_MAX = 1_000
SEPARATOR = ":"


class RedisSession:
    """One connection, through redis-py."""

    def __init__(self, client: Any, target: Target) -> None:
        self._client, self._target = client, target
        self._allowed: dict[str, bool] = {}
        self.broken = False

    @classmethod
    async def open(cls, target: Target, seconds: float) -> "RedisSession":
        """Raises DatabaseFailed."""
        import ssl

        from redis.asyncio import Redis

        client_class: Any = Redis
        tls: dict[str, Any] = {}
        if target.requires_tls:
            required = ssl.CERT_REQUIRED if target.verifies_tls else ssl.CERT_NONE
            tls = {"ssl": True, "ssl_cert_reqs": required, "ssl_check_hostname": target.verifies_tls}
            tls |= {"ssl_ca_certs": target.ca_file} if target.ca_file else {}
        client = client_class(
            host=target.host, port=target.port, db=int(target.database), username=target.user or None,
            password=target.password or None, socket_connect_timeout=seconds, single_connection_client=True, **tls,
        )  # fmt: skip
        session = cls(client, target)
        try:
            await session._execute("PING", seconds=seconds)
        except DatabaseFailed:
            await session.close()
            raise
        return session

    async def command(self, words: Sequence[str], limits: Limits) -> Any:
        """The server's reply as JSON. Raises DatabaseFailed: "denied" for a command that may do more than read."""
        await self._check(words)
        await self._check_size(words, limits)
        return json_reply(await self._execute(*words, seconds=limits.seconds))

    async def keys(self, pattern: str, cursor: int, count: int, limits: Limits) -> tuple[int, list[dict[str, Any]]]:
        """The next cursor (0 at the end) and a page of keys with types and times to live (seconds, -1 without)."""
        next_cursor, names = await self._execute(
            "SCAN", cursor, "MATCH", pattern or "*", "COUNT", count, seconds=limits.seconds
        )
        kinds = await self._execute_each("TYPE", names, seconds=limits.seconds)
        left = await self._execute_each("TTL", names, seconds=limits.seconds)
        found = [
            {"key": json_reply(name), "type": json_reply(kind), "ttl_seconds": seconds}
            for name, kind, seconds in zip(names, kinds, left, strict=True)
        ]
        return int(next_cursor), found

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        raise DatabaseFailed("failed", "Redis does not support SQL; send commands to /api/query/command")
        yield  # pragma: no cover -- it makes this a generator

    async def probe(self) -> Probe:
        begun = time.perf_counter()
        info: dict[str, Any] = await self._execute("INFO", "server", seconds=10.0)
        latency = round((time.perf_counter() - begun) * 1000, 2)
        rights = ""
        try:
            who = await self._execute("ACL", "WHOAMI", seconds=10.0)
            rights = str(json_reply(await self._execute("ACL", "GETUSER", who, seconds=10.0)))
        except DatabaseFailed:
            pass  # an account that may not run ACL cannot have all privileges
        may_write = "+@all" in rights
        advice = "the account can do everything; create a read-only one with: ACL SETUSER reader on >... ~* +@read"
        return Probe(f"Redis {info.get('redis_version', '')}", latency, may_write, (advice,) if may_write else ())

    async def schema(self) -> Schema:
        """Keys grouped by their prefix up to the first colon, with the number of sampled keys of each type."""
        seen: dict[str, dict[str, int]] = {}
        cursor, sampled = 0, 0
        while sampled < SAMPLED_KEYS_MAX:
            cursor, names = await self._execute("SCAN", cursor, "COUNT", 1000, seconds=30.0)
            kinds = await self._execute_each("TYPE", names, seconds=30.0)
            for name, kind in zip(names, map(str, map(json_reply, kinds)), strict=True):
                prefix, mark, _ = str(json_reply(name)).partition(SEPARATOR)
                counts = seen.setdefault(prefix + mark + "*" if mark else "*", {})
                counts[kind] = counts.get(kind, 0) + 1
            sampled += len(names)
            if not int(cursor):
                break
        ranked = sorted(seen.items(), key=lambda one: -sum(one[1].values()))[:PREFIXES_MAX]
        return Schema(
            [
                TableInfo(name, rows=sum(kinds.values()), columns=[ColumnInfo("key", "key"), *_kinds(kinds)])
                for name, kinds in ranked
            ]
        )

    async def close(self) -> None:
        self.broken = True
        await self._client.aclose()

    async def _check(self, words: Sequence[str]) -> None:
        if not words or len(words) > WORDS_MAX:
            raise DatabaseFailed("failed", f"a command must have 1 to {WORDS_MAX} words")
        name, sub = words[0].lower(), words[1].lower() if len(words) > 1 else ""
        if name not in READS or sub not in SUBCOMMANDS.get(name, (sub,)):
            raise DatabaseFailed("denied", f"{' '.join(words[:2]).upper()} is not a command that only reads")
        if name not in self._allowed:
            described = await self._execute("COMMAND", "INFO", name, seconds=10.0)
            self._allowed[name] = _only_reads(described, name)
        if not self._allowed[name]:
            raise DatabaseFailed("denied", f"{name.upper()} does more than read on this server")

    async def _check_size(self, words: Sequence[str], limits: Limits) -> None:
        """Refuses replies that are too large: by the number of entries, and by the size of keys that are read whole."""
        name, entries_max = words[0].lower(), min(limits.rows, ENTRIES_MAX)
        keys = words[1:] if name in MULTI_KEY else words[1:2]
        requested = requested_entries(words)
        if (requested is None and name in SIZES) or (requested is not None and requested > entries_max):
            entries = requested or 0
            if name in SIZES:
                entries = sum([await self._execute(SIZES[name], key, seconds=limits.seconds) for key in keys])
            if min(entries, requested if requested is not None else entries) > entries_max:
                message = (
                    f"{words[1]} has {entries} entries; at most {entries_max} are returned, so ask for a part of it"
                )
                raise DatabaseFailed("size", message)
        if name in RANGES or name not in WHOLE_VALUES:
            return
        for key in keys:
            size = await self._execute("MEMORY", "USAGE", key, "SAMPLES", 0, seconds=limits.seconds)
            if size and size > REPLY_BYTES_MAX:
                raise DatabaseFailed("size", f"{key} has {size} bytes; at most {REPLY_BYTES_MAX} are returned")

    async def _execute(self, *words: object, seconds: float) -> Any:
        async with self._translated_errors(seconds):
            return await self._client.execute_command(*words)

    async def _execute_each(self, command: str, keys: Sequence[object], seconds: float) -> list[Any]:
        """The replies of a command for each key, in one round trip."""
        sent = self._client.pipeline(transaction=False)
        for key in keys:
            sent.execute_command(command, key)
        async with self._translated_errors(seconds):
            return await sent.execute()

    @asynccontextmanager
    async def _translated_errors(self, seconds: float) -> AsyncGenerator[None]:
        """Raises DatabaseFailed for what the driver raises, and after `seconds`."""
        import redis.exceptions as failures

        try:
            async with TimeLimit(seconds).enforced():
                yield
        except DatabaseFailed:
            self.broken = True  # a reply may still arrive
            raise
        except (failures.AuthenticationError, failures.NoPermissionError) as error:
            raise DatabaseFailed("denied", str(error)[:500]) from None
        except failures.ResponseError as error:
            raise DatabaseFailed("failed", str(error)[:500]) from None
        except (failures.ConnectionError, failures.TimeoutError, OSError) as error:
            self.broken = True
            message = f"Redis at {self._target.place} cannot be reached: {str(error)[:300]}"
            raise DatabaseFailed("unreachable", message) from None
        except asyncio.CancelledError:
            self.broken = True
            raise


def json_reply(value: Any) -> Any:
    """A reply as JSON: bytes as text, or as hexadecimal with 0x if they are not UTF-8."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return "0x" + value.hex()
    if isinstance(value, dict):
        return {str(json_reply(key)): json_reply(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- the driver's
    if isinstance(value, list | tuple | set):
        return [json_reply(one) for one in value]  # pyright: ignore[reportUnknownVariableType] -- the driver's
    return value


def _only_reads(described: dict[str, Any], name: str) -> bool:
    """Whether the server's flags for a command allow it. An unknown command is not allowed."""
    one: dict[str, Any] = described.get(name) or {}
    flags = {str(json_reply(flag)).lower() for flag in one.get("flags", ())}
    return bool(one) and not flags & FORBIDDEN_FLAGS


def requested_entries(words: Sequence[str]) -> int | None:
    """The maximum number of entries that a command asks for; None if it does not limit them."""
    name, lowered = words[0].lower(), [word.lower() for word in words]
    numbers: list[str] = []
    if name in RANDOM:
        numbers = lowered[2:3]
    elif "limit" in lowered:
        numbers = lowered[lowered.index("limit") + 2 :][:1]
    elif "count" in lowered:
        numbers = lowered[lowered.index("count") + 1 :][:1]
    elif name in ("lrange", "zrange", "zrevrange") and not {"byscore", "bylex"} & set(lowered):
        return _range(lowered[2:4])
    try:
        return abs(int(numbers[0])) if numbers else 1 if name in RANDOM else None
    except ValueError:
        return None


def _range(ends: Sequence[str]) -> int | None:
    """The number of entries in an index range; None if its ends are counted from different sides."""
    try:
        start, end = (int(one) for one in ends)
    except ValueError:
        return None
    return max(0, end - start + 1) if (start < 0) == (end < 0) else None


def _kinds(kinds: dict[str, int]) -> list[ColumnInfo]:
    return [ColumnInfo(kind, f"{count} of the sampled keys") for kind, count in sorted(kinds.items())]
