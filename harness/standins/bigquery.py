"""As much of BigQuery's REST interface as a client that reads needs, over DuckDB.

`python -m harness.standins.bigquery PORT`
"""

import socket
import sys
import threading
from typing import Any

import duckdb
import sqlglot
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

PROJECT, DATASET = "demo", "shop"
TABLES = """
CREATE TABLE customers (id BIGINT NOT NULL, name VARCHAR, city VARCHAR);
CREATE TABLE orders (id BIGINT NOT NULL, customer_id BIGINT, status VARCHAR, total DECIMAL(10, 2), created_at TIMESTAMP, tags VARCHAR[]);
INSERT INTO customers VALUES (1, 'Ada', 'Bern'), (2, '李雷', '北京');
INSERT INTO orders VALUES (1, 1, 'paid', 92.50, '2024-01-15 10:00:00', ['a', 'b']), (2, 1, 'new', 60.00, '2024-02-03 09:30:00', []),
  (3, 2, 'paid', 25.00, '2024-02-20 16:45:00', ['c']);
"""  # noqa: E501 -- tables
TYPES = {"BIGINT": "INTEGER", "INTEGER": "INTEGER", "HUGEINT": "INTEGER", "VARCHAR": "STRING", "DOUBLE": "FLOAT",
         "BOOLEAN": "BOOLEAN", "TIMESTAMP": "TIMESTAMP", "DATE": "DATE", "BLOB": "BYTES"}  # fmt: skip
database = duckdb.connect()
for statement in TABLES.split(";\n"):
    database.execute(statement)


class Job:
    def __init__(self, job_id: str, wanted: dict[str, Any], dry_run: bool) -> None:
        self.id, self.query = job_id, wanted["query"]
        self.values = [one["parameterValue"].get("value") for one in wanted.get("queryParameters", ())]
        self.types = [one["parameterType"]["type"] for one in wanted.get("queryParameters", ())]
        tree = sqlglot.parse_one(self.query, read="bigquery")
        self.kind = {"Union": "SELECT"}.get(type(tree).__name__, type(tree).__name__.upper())
        for named in tree.find_all(sqlglot.exp.Table):
            named.set("db", None)
            named.set("catalog", None)
        self.sql = tree.sql(dialect="duckdb")
        self.done, self.error, self.fields, self.rows = threading.Event(), "", [], []
        self.connection = database.cursor()
        if dry_run:
            self.done.set()
        else:
            threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        casts = {"INT64": int, "FLOAT64": float, "BOOL": lambda text: text == "true"}
        given = [
            value if value is None else casts.get(kind, str)(value)
            for value, kind in zip(self.values, self.types, strict=True)
        ]
        try:
            found = self.connection.execute(self.sql, given)
            self.fields = [field(one[0], str(one[1])) for one in found.description]
            self.rows = [{"f": [{"v": shown(value)} for value in row]} for row in found.fetchall()]
        except Exception as error:
            self.error = str(error)
        self.done.set()

    def resource(self) -> dict[str, Any]:
        state = {"state": "DONE" if self.done.is_set() else "RUNNING"}
        if self.error:
            state |= {"errorResult": problem(self.error), "errors": [problem(self.error)]}
        size = 10 << 40 if "events" in self.query else 1000
        return {
            "jobReference": {"projectId": PROJECT, "jobId": self.id, "location": "US"}, "status": state,
            "configuration": {"query": {"query": self.query}, "jobType": "QUERY"},
            "statistics": {"totalBytesProcessed": str(size),
                           "query": {"statementType": self.kind, "totalBytesProcessed": str(size)}},
        }  # fmt: skip

    def results(self, start: int, most: int) -> dict[str, Any]:
        about = {"jobReference": self.resource()["jobReference"], "jobComplete": self.done.is_set()}
        if not self.done.is_set():
            return about
        rows = self.rows[start : start + most]
        more = {"pageToken": str(start + most)} if start + most < len(self.rows) else {}
        return about | more | {"schema": {"fields": self.fields}, "totalRows": str(len(self.rows)), "rows": rows}


jobs: dict[str, Job] = {}


def field(name: str, kind: str) -> dict[str, str]:
    mode = "REPEATED" if kind.endswith("[]") else "NULLABLE"
    kind = kind.removesuffix("[]")
    return {"name": name, "mode": mode, "type": "NUMERIC" if kind.startswith("DECIMAL") else TYPES.get(kind, "STRING")}


def shown(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [{"v": shown(one)} for one in value]
    if hasattr(value, "timestamp"):
        import datetime

        return str(int(value.replace(tzinfo=datetime.UTC).timestamp() * 1_000_000))
    return str(value)


def problem(said: str) -> dict[str, str]:
    return {"reason": "invalidQuery", "message": said, "location": "query"}


def refused(status: int, said: str) -> JSONResponse:
    body = {"error": {"code": status, "message": said, "errors": [problem(said)], "status": "INVALID_ARGUMENT"}}
    return JSONResponse(body, status)


def made(job_id: str, wanted: dict[str, Any], dry_run: bool) -> Job | JSONResponse:
    try:
        job = Job(job_id, wanted, dry_run)
    except sqlglot.errors.SqlglotError as error:
        return refused(400, f"Syntax error: {error}")
    return jobs.setdefault(job_id, job)


async def insert(request: Request) -> JSONResponse:
    body = await request.json()
    configuration = body["configuration"]
    job = made(body["jobReference"]["jobId"], configuration["query"], bool(configuration.get("dryRun")))
    return job if isinstance(job, JSONResponse) else JSONResponse(job.resource())


async def query(request: Request) -> JSONResponse:
    body = await request.json()
    job = made(f"job-{len(jobs)}", body, False)
    if isinstance(job, JSONResponse):
        return job
    await run_in_threadpool(job.done.wait, 10)
    return refused(400, job.error) if job.error else JSONResponse(job.results(0, 10_000))


async def results(request: Request) -> JSONResponse:
    job = jobs[request.path_params["job"]]
    wait = int(request.query_params.get("timeoutMs", 10_000)) / 1000
    await run_in_threadpool(job.done.wait, wait)
    if job.error:
        return refused(400, job.error)
    start = int(request.query_params.get("pageToken") or request.query_params.get("startIndex") or 0)
    return JSONResponse(job.results(start, int(request.query_params.get("maxResults", 10_000))))


async def one(request: Request) -> JSONResponse:
    return JSONResponse(jobs[request.path_params["job"]].resource())


async def cancel(request: Request) -> JSONResponse:
    job = jobs[request.path_params["job"]]
    job.connection.interrupt()
    return JSONResponse({"job": job.resource()})


def reference(table: str) -> dict[str, Any]:
    return {"projectId": PROJECT, "datasetId": DATASET, "tableId": table}


async def tables(request: Request) -> JSONResponse:
    names = [row[0] for row in database.cursor().execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    listed = [{"id": name, "tableReference": reference(name), "type": "TABLE"} for name in sorted(names)]
    return JSONResponse({"tables": listed, "totalItems": len(listed)})


async def table(request: Request) -> JSONResponse:
    name = request.path_params["table"]
    described = (
        "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
    )
    columns = database.cursor().execute(described, [name]).fetchall()
    fields = [field(column, kind) | ({} if nullable else {"mode": "REQUIRED"}) for column, kind, nullable in columns]
    constraints = {"primaryKey": {"columns": ["id"]}}
    if name == "orders":
        pairs = [{"referencingColumn": "customer_id", "referencedColumn": "id"}]
        constraints["foreignKeys"] = [
            {"name": "f", "referencedTable": reference("customers"), "columnReferences": pairs}
        ]
    return JSONResponse(
        {"tableReference": reference(name), "type": "TABLE", "numRows": "3", "description": f"all {name}",
         "schema": {"fields": fields}, "tableConstraints": constraints}
    )  # fmt: skip


V2 = "/bigquery/v2/projects/{project}"
app = Starlette(
    routes=[
        Route(f"{V2}/queries", query, methods=["POST"]),
        Route(f"{V2}/queries/{{job}}", results),
        Route(f"{V2}/jobs", insert, methods=["POST"]),
        Route(f"{V2}/jobs/{{job}}", one),
        Route(f"{V2}/jobs/{{job}}/cancel", cancel, methods=["POST"]),
        Route(f"{V2}/datasets/{{dataset}}/tables", tables),
        Route(f"{V2}/datasets/{{dataset}}/tables/{{table}}", table),
    ]
)

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    print("ready", flush=True)
    uvicorn.run(app, fd=listener.fileno(), log_level="warning")
