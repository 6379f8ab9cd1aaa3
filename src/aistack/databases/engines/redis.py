"""Redis as a store to look into: keys in pages, values of every type, and commands that only read.

Walls: an allow-list of commands, each held against what the server itself says of it (`COMMAND INFO`: readonly, and
neither write, admin nor blocking); no command whose answer would be larger than what may be held.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aistack.databases.schema import ColumnInfo, Schema, TableInfo
from aistack.databases.session import Clock, DatabaseFailed, Limits, Mode, Probe, Result
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
SIZES = {  # what says how many entries a command may answer with
    **dict.fromkeys(("hgetall", "hkeys", "hvals"), "HLEN"),
    **dict.fromkeys(("smembers", "sunion", "sinter"), "SCARD"),
    "lrange": "LLEN",
    **dict.fromkeys(("zrange", "zrevrange", "zrangebyscore", "zrevrangebyscore", "zrangebylex"), "ZCARD"),
    **dict.fromkeys(("xrange", "xrevrange"), "XLEN"),
}
RANDOM = frozenset(("srandmember", "hrandfield", "zrandmember"))  # a negative count repeats entries
PARTS = frozenset(("getrange", "lrange", "zrange", "zrevrange", "xrange", "xrevrange", *RANDOM))
FORBIDDEN_FLAGS = frozenset(("write", "admin", "blocking", "pubsub", "noscript"))
READS_VALUES = frozenset(
    ("get", "lindex", "hget", "hmget", "hvals", "hgetall", "hkeys", "smembers", "sunion", "sinter", "mget")
)
MANY = frozenset(("mget", "sunion", "sinter"))  # their keys are all of their words
REPLY_BYTES_MAX = 8 << 20
ENTRIES_MAX = 10_000
KEYS_LOOKED_AT = 20_000
PREFIXES_MAX = 200
WORDS_MAX = 1_000
SEPARATOR = ":"


class RedisSession:
    """One connection, through redis-py, and a second for what is asked of many keys at once."""

    def __init__(self, client: Any, target: Target) -> None:
        self._client, self._target = client, target
        self._allowed: dict[str, bool] = {}
        self.broken = False

    @classmethod
    async def open(cls, target: Target, seconds: float) -> "RedisSession":
        """Raises DatabaseFailed."""
        import ssl

        from redis.asyncio import Redis

        made: Any = Redis
        tls: dict[str, Any] = {}
        if target.tls in ("require", "verify"):
            required = ssl.CERT_REQUIRED if target.tls == "verify" else ssl.CERT_NONE
            tls = {"ssl": True, "ssl_cert_reqs": required, "ssl_check_hostname": target.tls == "verify"}
            tls |= {"ssl_ca_certs": target.ca_file} if target.ca_file else {}
        client = made(
            host=target.host, port=target.port, db=int(target.database), username=target.user or None,
            password=target.password or None, socket_connect_timeout=seconds, single_connection_client=True, **tls,
        )  # fmt: skip
        session = cls(client, target)
        try:
            await session._ask("PING", seconds=seconds)
        except DatabaseFailed:
            await session.close()
            raise
        return session

    async def command(self, words: Sequence[str], limits: Limits) -> Any:
        """What the server answers, as JSON can say it. Raises DatabaseFailed: "denied" for what does not only read."""
        await self._check(words)
        await self._check_size(words, limits)
        return plain(await self._ask(*words, seconds=limits.seconds))

    async def keys(self, pattern: str, cursor: int, count: int, limits: Limits) -> tuple[int, list[dict[str, Any]]]:
        """A page of keys with types and times to live (seconds, -1 for ever), and the next cursor; 0 at the end."""
        following, names = await self._ask(
            "SCAN", cursor, "MATCH", pattern or "*", "COUNT", count, seconds=limits.seconds
        )
        kinds = await self._ask_each("TYPE", names, seconds=limits.seconds)
        left = await self._ask_each("TTL", names, seconds=limits.seconds)
        found = [
            {"key": plain(name), "type": plain(kind), "ttl_seconds": seconds}
            for name, kind, seconds in zip(names, kinds, left, strict=True)
        ]
        return int(following), found

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        raise DatabaseFailed("failed", "Redis does not speak SQL; send commands to /api/query/command")
        yield  # pragma: no cover -- it makes this a generator

    async def probe(self) -> Probe:
        begun = time.perf_counter()
        info: dict[str, Any] = await self._ask("INFO", "server", seconds=10.0)
        latency = round((time.perf_counter() - begun) * 1000, 2)
        rights = ""
        try:
            who = await self._ask("ACL", "WHOAMI", seconds=10.0)
            rights = str(plain(await self._ask("ACL", "GETUSER", who, seconds=10.0)))
        except DatabaseFailed:
            pass  # an account that may not ask this may hardly do too much
        may_write = "+@all" in rights
        advice = "the account may do everything; make one with: ACL SETUSER reader on >... ~* +@read"
        return Probe(f"Redis {info.get('redis_version', '')}", latency, may_write, (advice,) if may_write else ())

    async def schema(self) -> Schema:
        """Keys by what stands before the first colon, each kind with how many of those looked at are of which type."""
        seen: dict[str, dict[str, int]] = {}
        cursor, looked = 0, 0
        while looked < KEYS_LOOKED_AT:
            cursor, names = await self._ask("SCAN", cursor, "COUNT", 1000, seconds=30.0)
            kinds = await self._ask_each("TYPE", names, seconds=30.0)
            for name, kind in zip(names, map(str, map(plain, kinds)), strict=True):
                prefix, mark, _ = str(plain(name)).partition(SEPARATOR)
                counts = seen.setdefault(prefix + mark + "*" if mark else "*", {})
                counts[kind] = counts.get(kind, 0) + 1
            looked += len(names)
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
            raise DatabaseFailed("failed", f"a command has from 1 to {WORDS_MAX} words")
        name, sub = words[0].lower(), words[1].lower() if len(words) > 1 else ""
        if name not in READS or sub not in SUBCOMMANDS.get(name, (sub,)):
            raise DatabaseFailed("denied", f"{' '.join(words[:2]).upper()} is not among the commands that only read")
        if name not in self._allowed:
            described = await self._ask("COMMAND", "INFO", name, seconds=10.0)
            self._allowed[name] = _only_reads(described, name)
        if not self._allowed[name]:
            raise DatabaseFailed("denied", f"this server says that {name.upper()} does more than read")

    async def _check_size(self, words: Sequence[str], limits: Limits) -> None:
        """Refuses what would not fit: by the number of entries, and by the bytes of each key that is read whole."""
        name, most = words[0].lower(), min(limits.rows, ENTRIES_MAX)
        keys = words[1:] if name in MANY else words[1:2]
        asked = asked_for(words)
        if (asked is None and name in SIZES) or (asked is not None and asked > most):
            entries = asked or 0
            if name in SIZES:
                entries = sum([await self._ask(SIZES[name], key, seconds=limits.seconds) for key in keys])
            if min(entries, asked if asked is not None else entries) > most:
                said = f"{words[1]} would give {entries} entries; {most} are shown, ask for a part of it"
                raise DatabaseFailed("size", said)
        if name in PARTS or name not in READS_VALUES:
            return
        for key in keys:
            held = await self._ask("MEMORY", "USAGE", key, "SAMPLES", 0, seconds=limits.seconds)
            if held and held > REPLY_BYTES_MAX:
                raise DatabaseFailed("size", f"{key} holds {held} bytes; {REPLY_BYTES_MAX} are shown")

    async def _ask(self, *words: object, seconds: float) -> Any:
        async with self._asking(seconds):
            return await self._client.execute_command(*words)

    async def _ask_each(self, command: str, keys: Sequence[object], seconds: float) -> list[Any]:
        """The command's answer for each key, in one round trip."""
        sent = self._client.pipeline(transaction=False)
        for key in keys:
            sent.execute_command(command, key)
        async with self._asking(seconds):
            return await sent.execute()

    @asynccontextmanager
    async def _asking(self, seconds: float) -> AsyncGenerator[None]:
        """Raises DatabaseFailed for what the driver raises, and when it takes longer."""
        import redis.exceptions as failures

        try:
            async with Clock(seconds).running():
                yield
        except DatabaseFailed:
            self.broken = True  # an answer may still come
            raise
        except (failures.AuthenticationError, failures.NoPermissionError) as error:
            raise DatabaseFailed("denied", str(error)[:500]) from None
        except failures.ResponseError as error:
            raise DatabaseFailed("failed", str(error)[:500]) from None
        except (failures.ConnectionError, failures.TimeoutError, OSError) as error:
            self.broken = True
            said = f"Redis at {self._target.place} cannot be reached: {str(error)[:300]}"
            raise DatabaseFailed("unreachable", said) from None
        except asyncio.CancelledError:
            self.broken = True
            raise


def plain(value: Any) -> Any:
    """Bytes as text, those that are none as hexadecimal; maps as pairs in their order."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return "0x" + value.hex()
    if isinstance(value, dict):
        return {str(plain(key)): plain(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- the driver's
    if isinstance(value, list | tuple | set):
        return [plain(one) for one in value]  # pyright: ignore[reportUnknownVariableType] -- the driver's
    return value


def _only_reads(described: dict[str, Any], name: str) -> bool:
    """By the server's own flags for a command; one that it does not know is none."""
    one: dict[str, Any] = described.get(name) or {}
    flags = {str(plain(flag)).lower() for flag in one.get("flags", ())}
    return bool(one) and not flags & FORBIDDEN_FLAGS


def asked_for(words: Sequence[str]) -> int | None:
    """How many entries a command asks for at most; None when it names no number."""
    name, said = words[0].lower(), [word.lower() for word in words]
    numbers: list[str] = []
    if name in RANDOM:
        numbers = said[2:3]
    elif "limit" in said:
        numbers = said[said.index("limit") + 2 :][:1]
    elif "count" in said:
        numbers = said[said.index("count") + 1 :][:1]
    elif name in ("lrange", "zrange", "zrevrange") and not {"byscore", "bylex"} & set(said):
        return _range(said[2:4])
    try:
        return abs(int(numbers[0])) if numbers else 1 if name in RANDOM else None
    except ValueError:
        return None


def _range(ends: Sequence[str]) -> int | None:
    """Entries from one place to another; None where they are not counted from the same end."""
    try:
        start, end = (int(one) for one in ends)
    except ValueError:
        return None
    return max(0, end - start + 1) if (start < 0) == (end < 0) else None


def _kinds(kinds: dict[str, int]) -> list[ColumnInfo]:
    return [ColumnInfo(kind, f"{count} of those looked at") for kind, count in sorted(kinds.items())]
