"""ClickHouse's engine (chdb) behind as much of its HTTP interface as a client uses.

Each request has a process of its own: it makes the tables, takes the settings of the request, and streams the result.
A client that hangs up, or KILL QUERY, ends it.
"""

import base64
import json
import os
import queue
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

NOT_SETTINGS = frozenset((
    "query", "query_id", "database", "default_format", "client_protocol_version", "session_id", "wait_end_of_query",
    "buffer_size", "role",
))  # fmt: skip
FORMAT = re.compile(r"\s+FORMAT\s+(\w+)\s*$", re.I)
KILL = re.compile(r"KILL QUERY WHERE query_id = ", re.I)
PASSWORD = "ClickSecret1"
USERS = {"reader": "SELECT 'GRANT SELECT ON shop.* TO reader'", "owner": "SHOW GRANTS"}


def answer(tables: list[str]) -> None:
    """In a process of its own: one byte that says how it went, then the bytes of the result."""
    from chdb import session

    out = sys.stdout.fileno()
    engine: Any = session.Session()
    for statement in tables:
        engine.query(statement)
    line = sys.stdin.readline()
    if not line:  # nobody asked
        os._exit(0)
    sql, given = json.loads(line)
    try:
        engine.query(f"USE {given.get('database', 'default')}")
        settings = {name: value for name, value in given.items() if name not in NOT_SETTINGS and "param_" not in name}
        form = FORMAT.search(sql)
        text, kind = (sql[: form.start()], form[1]) if form else (sql, given.get("default_format", "TabSeparated"))
        parameters = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
        last = [name for name in settings if name == "readonly"]
        for name in [*(one for one in settings if one != "readonly"), *last]:
            engine.query(f"SET {name} = '{settings[name]}'")
        reads = text.lower().startswith(("select", "with", "("))
        result = (engine.send_query if reads else engine.query)(text, kind, params=parameters)
        os.write(out, b"+")
        for chunk in result if reads else [result]:
            data = chunk.bytes()
            while data:
                data = data[os.write(out, data) :]
    except BrokenPipeError:
        pass
    except Exception as error:
        os.write(out, b"-" + str(error).encode())
    os._exit(0)


running: dict[str, subprocess.Popen[bytes]] = {}
spares: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.respond(b"")

    def do_POST(self) -> None:
        self.respond(self.rfile.read(int(self.headers.get("content-length", 0))))

    def respond(self, body: bytes) -> None:
        given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        user, password = self.account()
        sql = " ".join((given.get("query", ""), body.decode())).strip()
        if urlsplit(self.path).path == "/ping":
            self.end(200, b"Ok.\n")
        elif user not in USERS or password != PASSWORD:
            self.end(403, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)")
        elif KILL.match(sql):
            if given.get("param_id") in running:
                running[given["param_id"]].kill()
            self.end(200, b"")
        else:
            self.stream(sql.replace("SHOW GRANTS", USERS[user]), given)

    def stream(self, sql: str, given: dict[str, str]) -> None:
        process = spares.get()
        spares.put(spare())
        assert process.stdin is not None and process.stdout is not None
        running[given.get("query_id", "")] = process
        out = process.stdout.fileno()
        try:
            process.stdin.write(json.dumps([sql, given]).encode() + b"\n")
            process.stdin.flush()
            state = os.read(out, 1)
            if state != b"+":
                said = os.read(out, 1 << 16) or b"Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)"
                self.end(500, said)
                return
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            while data := os.read(out, 1 << 16):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            if process.wait() == 0:
                self.wfile.write(b"0\r\n\r\n")
            else:
                self.close_connection = True
        except OSError:  # the client has gone
            self.close_connection = True
        finally:
            process.kill()
            process.communicate()

    def account(self) -> tuple[str, str]:
        kind, _, encoded = self.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            user, _, password = base64.b64decode(encoded).decode().partition(":")
            return user, password
        return self.headers.get("x-clickhouse-user", ""), self.headers.get("x-clickhouse-key", "")

    def end(self, status: int, body: bytes) -> None:
        self.send_response(status)
        code = re.match(rb"Code: (\d+)", body)
        if code:
            self.send_header("x-clickhouse-exception-code", code[1].decode())
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def spare() -> subprocess.Popen[bytes]:
    """A process that loads the engine and waits for a request."""
    words = [sys.executable, __file__, "answer", sys.argv[2]]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


if __name__ == "__main__":
    statements = [one for one in Path(sys.argv[2]).read_text().split(";\n") if one.strip()]
    if sys.argv[1] == "answer":
        answer(statements)
    for _ in range(3):
        spares.put(spare())
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print("ready", flush=True)
    server.serve_forever()
