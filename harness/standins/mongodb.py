"""As much of MongoDB's protocol (OP_MSG) as a client that reads needs, over mongomock.

`python -m harness.standins.mongodb PORT`. It has no accounts. Commands that it does not know are refused as a server
refuses them.
"""

import datetime
import socketserver
import struct
import sys
import time
from typing import Any

import bson
import mongomock

OP_MSG, OP_QUERY, OP_REPLY = 2013, 2004, 1
client: Any = mongomock.MongoClient(tz_aware=False)
shop = client["shop"]
GREETING = {
    "ismaster": True, "helloOk": True, "isWritablePrimary": True, "maxWireVersion": 21, "minWireVersion": 0,
    "maxBsonObjectSize": 16 << 20, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000, "readOnly": False,
}  # fmt: skip


def fill() -> None:
    shop.orders.insert_many(
        {
            "_id": number, "customer": {"name": f"c{number % 7}", "city": "Bern" if number % 2 else "北京"},
            "status": ("paid", "new", "sent")[number % 3], "total": number * 1.5, "tags": ["a", "b"],
            "created_at": datetime.datetime(2024, 1 + number % 12, 1),
        }
        for number in range(1, 301)
    )  # fmt: skip
    shop.orders.create_index("status")
    shop.customers.insert_one({"_id": bson.ObjectId("650000000000000000000001"), "name": "Ada"})
    shop.big.insert_many({"_id": number, "body": "x" * 1_000_000} for number in range(10))


def batch(name: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
    return {"cursor": {"id": 0, "ns": f"shop.{name}", "firstBatch": documents}}


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    name = next(iter(asked))
    given = asked[name]
    if name in ("hello", "ismaster", "isMaster"):
        return GREETING | {"localTime": datetime.datetime.now(datetime.UTC), "connectionId": 1}
    if name in ("ping", "endSessions", "killCursors"):
        return {}
    if name == "buildInfo":
        return {"version": "7.0.0"}
    if name == "connectionStatus":
        return {"authInfo": {"authenticatedUsers": [], "authenticatedUserRoles": [], "authenticatedUserPrivileges": []}}
    if name == "listCollections":
        return batch(
            "$cmd.listCollections", [{"name": one, "type": "collection"} for one in shop.list_collection_names()]
        )
    if name == "listIndexes":
        indexes = shop[given].index_information()
        return batch(given, [{"name": key, "key": dict(one["key"])} for key, one in indexes.items()])
    if name == "find":
        if asked.get("filter") == {"sleep": True}:
            time.sleep(30)
        found = shop[given].find(asked.get("filter", {}), asked.get("projection"))
        found = found.sort(list(asked["sort"].items())) if asked.get("sort") else found
        return batch(given, list(found.skip(asked.get("skip", 0)).limit(asked.get("limit", 0))))
    if name == "aggregate":
        return batch(given, list(shop[given].aggregate(asked["pipeline"]))[: asked["cursor"].get("batchSize", 101)])
    if name == "count":
        return {"n": shop[given].count_documents(asked.get("query", {}))}
    if name == "distinct":
        return {"values": shop[given].distinct(asked["key"], asked.get("query"))}
    return {"ok": 0.0, "code": 59, "codeName": "CommandNotFound", "errmsg": f"no such command: '{name}'"}


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while len(head := self.rfile.read(16)) == 16:
            length, request, _, code = struct.unpack("<iiii", head)
            body = self.rfile.read(length - 16)
            start = 5 if code == OP_MSG else body.index(b"\0", 4) + 9
            asked = bson.decode(body[start:])
            try:
                said = {"ok": 1.0} | answered(asked)
            except Exception as error:
                said = {"ok": 0.0, "code": 2, "errmsg": f"{type(error).__name__}: {error}"}
            document = bson.encode(said)
            if code == OP_QUERY:
                reply, kind = struct.pack("<iqii", 8, 0, 0, 1) + document, OP_REPLY
            else:
                reply, kind = b"\0\0\0\0\0" + document, OP_MSG
            self.wfile.write(struct.pack("<iiii", 16 + len(reply), 1, request, kind) + reply)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


if __name__ == "__main__":
    fill()
    with Server(("127.0.0.1", int(sys.argv[1])), Handler) as server:
        print("ready", flush=True)
        server.serve_forever()
