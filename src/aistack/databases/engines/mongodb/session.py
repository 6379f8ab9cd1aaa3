"""MongoDB as a store to look into: collections with the fields that their documents have, and commands that only read.

Walls: an allow-list of commands, stages and operators (`mongo_commands.py`), a time limit that the server keeps
(maxTimeMS), one batch of bounded size; what is cancelled loses its connection, and the server stops it.
"""

import asyncio
import json
import ssl
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aistack.databases.engines.mongodb.read_commands import NotAllowed, checked
from aistack.databases.schema import ColumnInfo, IndexInfo, Schema, TableInfo
from aistack.databases.session import Clock, DatabaseFailed, Limits, Mode, Probe, Result
from aistack.databases.target import Target

COLLECTIONS_MAX = 500
SAMPLED_DOCUMENTS = 100
SAMPLE_SECONDS = 10.0
FIELDS_MAX = 300
WRITING = frozenset(("insert", "update", "remove", "dropCollection", "createCollection"))
TOO_MUCH = {
    "root": "it may do everything on the server (root)",
    "__system": "it may do everything on the server (__system)",
    "userAdminAnyDatabase": "it may give rights away (userAdminAnyDatabase)",
    "dbOwner": "it may give rights away in its database (dbOwner)",
    "hostManager": "it may shut the server down (hostManager)",
}
DENIED = frozenset((11, 13, 18, 8000))
LATE = frozenset((50, 262))


class MongoSession:
    """One connection, through pymongo."""

    def __init__(self, client: Any, target: Target) -> None:
        self._client, self._target = client, target
        self._database = client[target.database]
        self.broken = False

    @classmethod
    async def open(cls, target: Target, seconds: float) -> "MongoSession":
        """Raises DatabaseFailed."""
        from pymongo import AsyncMongoClient

        made: Any = AsyncMongoClient
        tls: dict[str, Any] = {}
        if target.tls in ("require", "verify"):
            tls = {"tls": True, "tlsAllowInvalidCertificates": target.tls != "verify"}
            tls |= {"tlsCAFile": target.ca_file} if target.ca_file else {}
        account: dict[str, Any] = {"username": target.user, "password": target.password} if target.user else {}
        if account:
            account["authSource"] = target.options.get("auth_source", target.database)
        if "replica_set" in target.options:
            account["replicaSet"] = target.options["replica_set"]
        else:
            account["directConnection"] = True
        milliseconds = max(1, int(seconds * 1000))
        session = cls(
            made(
                target.host, target.port, appname="ai-stack", maxPoolSize=1, connectTimeoutMS=milliseconds,
                serverSelectionTimeoutMS=milliseconds, retryReads=False, retryWrites=False, **tls, **account,
            ),
            target,
        )  # fmt: skip
        try:
            await session._ask({"ping": 1}, seconds)
        except DatabaseFailed:
            await session.close()
            raise
        return session

    async def command(self, command: Any, limits: Limits) -> Any:
        """What the server answers, as JSON can say it. Raises DatabaseFailed: "denied" for what does not only read."""
        from bson import json_util
        from bson.errors import BSONError

        library: Any = json_util
        try:
            asked = checked(library.loads(json.dumps(command)))
        except NotAllowed as error:
            raise DatabaseFailed("denied", str(error)) from None
        except (BSONError, TypeError, ValueError) as error:
            raise DatabaseFailed("failed", f"the command cannot be read: {error}") from None
        answer = await self._ask(_bounded(asked, limits.rows), limits.seconds)
        found: Any = answer
        if "cursor" in answer:
            found = answer["cursor"]["firstBatch"]
            with suppress(DatabaseFailed):
                await self._let_go(answer["cursor"])
        elif "values" in answer:
            found = answer["values"][: limits.rows]
        written = library.dumps(found, json_options=library.RELAXED_JSON_OPTIONS)
        if len(written) > limits.bytes:
            raise DatabaseFailed("size", f"the answer has {len(written)} bytes; {limits.bytes} are shown, ask for less")
        return json.loads(written)

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        raise DatabaseFailed("failed", "MongoDB does not speak SQL; send commands to /api/query/command")
        yield  # pragma: no cover -- it makes this a generator

    async def probe(self) -> Probe:
        begun = time.perf_counter()
        server = await self._ask({"buildInfo": 1}, SAMPLE_SECONDS)
        latency = round((time.perf_counter() - begun) * 1000, 2)
        about = await self._ask({"connectionStatus": 1, "showPrivileges": True}, SAMPLE_SECONDS)
        held: dict[str, Any] = about.get("authInfo", {})
        roles = {str(role["role"]) for role in held.get("authenticatedUserRoles", ())}
        actions = {action for one in held.get("authenticatedUserPrivileges", ()) for action in one["actions"]}
        is_open = not held.get("authenticatedUsers")
        may_write = is_open or bool(actions & WRITING)
        warnings = ["it may change data; give it the role read on its database"] if may_write else []
        if is_open:
            warnings = ["the server asks for no password; whoever reaches it may do everything"]
        refused = tuple(said for role, said in TOO_MUCH.items() if role in roles)
        return Probe(f"MongoDB {server.get('version', '')}", latency, may_write, tuple(warnings), refused)

    async def schema(self) -> Schema:
        """Collections, each with the fields and types of some of its documents."""
        found = await self._ask({"listCollections": 1}, SAMPLE_SECONDS)
        listed = [one for one in found["cursor"]["firstBatch"] if not str(one["name"]).startswith("system.")]
        with suppress(DatabaseFailed):
            await self._let_go(found["cursor"])
        ordered = sorted(listed, key=lambda one: str(one["name"]))[:COLLECTIONS_MAX]
        return Schema([await self._collection(str(one["name"]), str(one.get("type", ""))) for one in ordered])

    async def _collection(self, name: str, kind: str) -> TableInfo:
        table = TableInfo(name, "view" if kind == "view" else "table", primary_key=["_id"])
        pipeline = [{"$sample": {"size": SAMPLED_DOCUMENTS}}]
        sampled = await self._ask({"aggregate": name, "pipeline": pipeline, "cursor": {}}, SAMPLE_SECONDS)
        with suppress(DatabaseFailed):
            await self._let_go(sampled["cursor"])
        table.columns = fields_of(sampled["cursor"]["firstBatch"])
        if kind != "view":
            table.rows = int((await self._ask({"count": name}, SAMPLE_SECONDS))["n"])
            indexes = await self._ask({"listIndexes": name}, SAMPLE_SECONDS)
            table.indexes = [
                IndexInfo(str(one["name"]), [str(key) for key in one["key"]], bool(one.get("unique")))
                for one in indexes["cursor"]["firstBatch"]
            ]
        return table

    async def close(self) -> None:
        self.broken = True
        await self._client.close()

    async def _let_go(self, cursor: dict[str, Any]) -> None:
        """Of what a cursor still holds on the server."""
        if cursor["id"]:
            collection = str(cursor["ns"]).partition(".")[2]
            await self._ask({"killCursors": collection, "cursors": [cursor["id"]]}, SAMPLE_SECONDS)

    async def _ask(self, command: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Raises DatabaseFailed."""
        from pymongo import errors as failures

        if next(iter(command)) not in ("ping", "killCursors", "buildInfo", "connectionStatus"):
            command = command | {"maxTimeMS": max(1, int(seconds * 1000))}
        try:
            async with Clock(seconds + 1).running():
                return dict(await self._database.command(command))
        except (DatabaseFailed, asyncio.CancelledError):
            self.broken = True  # an answer may still come
            raise
        except failures.OperationFailure as error:
            said = str(error.details.get("errmsg", error) if error.details else error)[:500]
            kind = "denied" if error.code in DENIED else "time" if error.code in LATE else "failed"
            raise DatabaseFailed(kind, said) from None
        except (failures.PyMongoError, OSError, ssl.SSLError) as error:
            self.broken = True
            said = f"MongoDB at {self._target.place} cannot be reached: {str(error)[:300]}"
            raise DatabaseFailed("unreachable", said) from None


def fields_of(documents: Sequence[dict[str, Any]]) -> list[ColumnInfo]:
    """Fields, those of documents inside by their path, with the types that were seen."""
    seen: dict[str, Counter[str]] = {}

    def note(document: dict[str, Any], before: str) -> None:
        for name, value in document.items():
            path = f"{before}{name}"
            seen.setdefault(path, Counter())[type_of(value)] += 1
            if isinstance(value, dict) and not before:
                note(value, f"{path}.")  # pyright: ignore[reportUnknownArgumentType] -- what the driver gives

    for document in documents:
        note(document, "")
    return [
        ColumnInfo(path, " or ".join(sorted(kinds)), sum(kinds.values()) < len(documents))
        for path, kinds in list(seen.items())[:FIELDS_MAX]
    ]


def type_of(value: Any) -> str:
    """MongoDB's own word for the type of a value."""
    names = {
        "bool": "bool", "int": "int", "Int64": "long", "float": "double", "str": "string", "datetime": "date",
        "dict": "object", "list": "array", "NoneType": "null", "ObjectId": "objectId", "Decimal128": "decimal",
        "bytes": "binData", "Binary": "binData", "Regex": "regex", "Timestamp": "timestamp", "UUID": "binData",
    }  # fmt: skip
    return names.get(type(value).__name__, type(value).__name__)


def _bounded(asked: dict[str, Any], rows: int) -> dict[str, Any]:
    """With one batch of at most so many documents."""
    name = next(iter(asked))
    if name == "find":
        limit = abs(int(asked.get("limit") or rows)) or rows
        return asked | {"limit": min(limit, rows), "singleBatch": True, "batchSize": min(limit, rows)}
    if name == "aggregate":
        return asked | {"cursor": {"batchSize": rows}, "allowDiskUse": False}
    return asked
