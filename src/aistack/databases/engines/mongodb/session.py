"""A MongoDB session: collections with the fields of their documents, and commands that only read.

Protection: an allow-list of commands, stages and operators (`read_commands.py`), a time limit on the server
(maxTimeMS), and a single batch of limited size. Cancelling closes the connection, and the server stops the command.
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
from aistack.databases.session import DatabaseFailed, Limits, Mode, Probe, Result, TimeLimit
from aistack.databases.target import Target

COLLECTIONS_MAX = 500
SAMPLED_DOCUMENTS = 100
SAMPLE_SECONDS = 10.0
FIELDS_MAX = 300
WRITE_ACTIONS = frozenset(("insert", "update", "remove", "dropCollection", "createCollection"))
EXCESSIVE_ROLES = {
    "root": "it can do everything on the server (root)",
    "__system": "it can do everything on the server (__system)",
    "userAdminAnyDatabase": "it can grant privileges to others (userAdminAnyDatabase)",
    "dbOwner": "it can grant privileges in its database (dbOwner)",
    "hostManager": "it can shut the server down (hostManager)",
}
DENIED = frozenset((11, 13, 18, 8000))
TIMED_OUT = frozenset((50, 262))


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

        client_class: Any = AsyncMongoClient
        tls: dict[str, Any] = {}
        if target.requires_tls:
            tls = {"tls": True, "tlsAllowInvalidCertificates": not target.verifies_tls}
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
            client_class(
                target.host, target.port, appname="ai-stack", maxPoolSize=1, connectTimeoutMS=milliseconds,
                serverSelectionTimeoutMS=milliseconds, retryReads=False, retryWrites=False, **tls, **account,
            ),
            target,
        )  # fmt: skip
        try:
            await session._execute({"ping": 1}, seconds)
        except DatabaseFailed:
            await session.close()
            raise
        return session

    async def command(self, command: Any, limits: Limits) -> Any:
        """The server's reply as JSON. Raises DatabaseFailed: "denied" for a command that may do more than read."""
        from bson import json_util
        from bson.errors import BSONError

        library: Any = json_util
        try:
            document = checked(library.loads(json.dumps(command)))
        except NotAllowed as error:
            raise DatabaseFailed("denied", str(error)) from None
        except (BSONError, TypeError, ValueError) as error:
            raise DatabaseFailed("failed", f"the command cannot be read: {error}") from None
        answer = await self._execute(_bounded(document, limits.rows), limits.seconds)
        found: Any = answer
        if "cursor" in answer:
            found = answer["cursor"]["firstBatch"]
            with suppress(DatabaseFailed):
                await self._kill_cursor(answer["cursor"])
        elif "values" in answer:
            found = answer["values"][: limits.rows]
        text = library.dumps(found, json_options=library.RELAXED_JSON_OPTIONS)
        if len(text) > limits.bytes:
            raise DatabaseFailed(
                "size", f"the reply has {len(text)} bytes; at most {limits.bytes} are allowed, so ask for less"
            )
        return json.loads(text)

    @asynccontextmanager
    async def run(
        self, sql: str, values: Sequence[object], limits: Limits, mode: Mode = "read"
    ) -> AsyncGenerator[Result]:
        raise DatabaseFailed("failed", "MongoDB does not support SQL; send commands to /api/query/command")
        yield  # pragma: no cover -- it makes this a generator

    async def probe(self) -> Probe:
        begun = time.perf_counter()
        server = await self._execute({"buildInfo": 1}, SAMPLE_SECONDS)
        latency = round((time.perf_counter() - begun) * 1000, 2)
        about = await self._execute({"connectionStatus": 1, "showPrivileges": True}, SAMPLE_SECONDS)
        held: dict[str, Any] = about.get("authInfo", {})
        roles = {str(role["role"]) for role in held.get("authenticatedUserRoles", ())}
        actions = {action for one in held.get("authenticatedUserPrivileges", ()) for action in one["actions"]}
        is_open = not held.get("authenticatedUsers")
        may_write = is_open or bool(actions & WRITE_ACTIONS)
        warnings = ["it can change data; give it the role read on its database"] if may_write else []
        if is_open:
            warnings = ["the server requires no password; anyone who can reach it can do everything"]
        refused = tuple(message for role, message in EXCESSIVE_ROLES.items() if role in roles)
        return Probe(f"MongoDB {server.get('version', '')}", latency, may_write, tuple(warnings), refused)

    async def schema(self) -> Schema:
        """Collections, each with the fields and types found in a sample of its documents."""
        found = await self._execute({"listCollections": 1}, SAMPLE_SECONDS)
        listed = [one for one in found["cursor"]["firstBatch"] if not str(one["name"]).startswith("system.")]
        with suppress(DatabaseFailed):
            await self._kill_cursor(found["cursor"])
        ordered = sorted(listed, key=lambda one: str(one["name"]))[:COLLECTIONS_MAX]
        return Schema([await self._collection(str(one["name"]), str(one.get("type", ""))) for one in ordered])

    async def _collection(self, name: str, kind: str) -> TableInfo:
        table = TableInfo(name, "view" if kind == "view" else "table", primary_key=["_id"])
        pipeline = [{"$sample": {"size": SAMPLED_DOCUMENTS}}]
        sampled = await self._execute({"aggregate": name, "pipeline": pipeline, "cursor": {}}, SAMPLE_SECONDS)
        with suppress(DatabaseFailed):
            await self._kill_cursor(sampled["cursor"])
        table.columns = fields_of(sampled["cursor"]["firstBatch"])
        if kind != "view":
            table.rows = int((await self._execute({"count": name}, SAMPLE_SECONDS))["n"])
            indexes = await self._execute({"listIndexes": name}, SAMPLE_SECONDS)
            table.indexes = [
                IndexInfo(str(one["name"]), [str(key) for key in one["key"]], bool(one.get("unique")))
                for one in indexes["cursor"]["firstBatch"]
            ]
        return table

    async def close(self) -> None:
        self.broken = True
        await self._client.close()

    async def _kill_cursor(self, cursor: dict[str, Any]) -> None:
        """Frees what a cursor still holds on the server."""
        if cursor["id"]:
            collection = str(cursor["ns"]).partition(".")[2]
            await self._execute({"killCursors": collection, "cursors": [cursor["id"]]}, SAMPLE_SECONDS)

    async def _execute(self, command: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Raises DatabaseFailed."""
        from pymongo import errors as failures

        if next(iter(command)) not in ("ping", "killCursors", "buildInfo", "connectionStatus"):
            command = command | {"maxTimeMS": max(1, int(seconds * 1000))}
        try:
            async with TimeLimit(seconds + 1).enforced():
                return dict(await self._database.command(command))
        except (DatabaseFailed, asyncio.CancelledError):
            self.broken = True  # a reply may still arrive
            raise
        except failures.OperationFailure as error:
            message = str(error.details.get("errmsg", error) if error.details else error)[:500]
            kind = "denied" if error.code in DENIED else "time" if error.code in TIMED_OUT else "failed"
            raise DatabaseFailed(kind, message) from None
        except (failures.PyMongoError, OSError, ssl.SSLError) as error:
            self.broken = True
            message = f"MongoDB at {self._target.place} cannot be reached: {str(error)[:300]}"
            raise DatabaseFailed("unreachable", message) from None


def fields_of(documents: Sequence[dict[str, Any]]) -> list[ColumnInfo]:
    """Fields with the types that occur in the documents. Nested documents are listed by path, one level deep."""
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
    """MongoDB's name for the type of a value."""
    names = {
        "bool": "bool", "int": "int", "Int64": "long", "float": "double", "str": "string", "datetime": "date",
        "dict": "object", "list": "array", "NoneType": "null", "ObjectId": "objectId", "Decimal128": "decimal",
        "bytes": "binData", "Binary": "binData", "Regex": "regex", "Timestamp": "timestamp", "UUID": "binData",
    }  # fmt: skip
    return names.get(type(value).__name__, type(value).__name__)


def _bounded(document: dict[str, Any], rows: int) -> dict[str, Any]:
    """The command with a single batch of at most `rows` documents."""
    name = next(iter(document))
    if name == "find":
        limit = abs(int(document.get("limit") or rows)) or rows
        return document | {"limit": min(limit, rows), "singleBatch": True, "batchSize": min(limit, rows)}
    if name == "aggregate":
        return document | {"cursor": {"batchSize": rows}, "allowDiskUse": False}
    return document
