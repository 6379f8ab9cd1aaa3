"""Somebody's own things, from the account menu and from the command line, with all services running."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from harness.processes import until
from harness.sql.shop import make_sqlite
from tests.e2e.people.conftest import Browsers, Company

pytestmark = pytest.mark.heavy

NOTES = b"# Lamps\n\nThe lamp of the lighthouse is cleaned at dusk by Mim Alder.\n"


def contents(file: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The index and the files of an archive."""
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files.pop("index.json")), files


def test_everything_that_is_theirs_in_one_archive(browsers: Browsers, stack: Company, tmp_path: Path):
    person = stack.member("Ada Lovelace")
    found = stack.http.get("/gateway/users", params={"q": person.email}).json()["users"][0]
    key = stack.http.post("/gateway/keys", json={"name": "laptop", "subject": found["subject"]}).json()["key"]

    def call(method: str, path: str, who: str = key, **parts: Any) -> Any:
        answer = stack.http.request(method, path, headers={"authorization": f"Bearer {who}"}, **parts)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    collection = call("POST", "/v1/rag/collections", json={"name": "notes"})["id"]
    files = [("files", ("guide/灯.md", NOTES)), ("files", ("../../x.txt", b"outside"))]
    job = call("POST", f"/v1/rag/collections/{collection}/documents", files=files)["id"]
    until(lambda: call("GET", f"/v1/rag/jobs/{job}")["state"] == "done", 60, "the documents")
    database = stack.data.parent / "shop.sqlite"
    make_sqlite(database)
    shop = {"name": "shop", "engine": "sqlite", "path": str(database)}
    connection = call("POST", "/api/connections", stack.key, json=shop)["id"]
    grants = {"grants": [{"subject": found["subject"], "level": "use"}]}
    call("PUT", f"/api/connections/{connection}/access", stack.key, json=grants)
    saved = {"connection_id": connection, "sql": "SELECT 7 AS seven", "name": "sevens"}
    call("POST", "/api/query/saved", json=saved)
    call("POST", "/api/ai/query", json={"connection_id": connection, "question": "How many customers are there?"})

    with browsers.of(person) as page:
        page.locator("#account").click()
        link = page.get_by_role("menuitem", name="Export my data")
        expect(link).to_be_visible()
        with page.expect_download() as downloading:
            link.click()
        download = downloading.value
        assert download.suggested_filename == f"export-{found['id']}.zip"
        download.save_as(tmp_path / "own.zip")
    printed = stack.run("users", "export", person.email, "--to", str(tmp_path / "theirs.zip"))
    assert printed == f"Written to {tmp_path / 'theirs.zip'}.\n"
    assert (tmp_path / "theirs.zip").stat().st_mode & 0o777 == 0o600
    for name in ("own.zip", "theirs.zip"):
        index, given = contents(tmp_path / name)
        assert index["complete"] and set(index["services"]) >= {"gateway", "rag", "trend", "connection", "query", "ai"}
        assert given["rag/collections/notes/documents/guide/灯.md"] == NOTES
        assert given["rag/collections/notes/documents/x.txt"] == b"outside"
        assert [one["sql"] for one in json.loads(given["query/saved-queries.json"])] == ["SELECT 7 AS seven"]
        assert [one["question"] for one in json.loads(given["ai/questions.json"])] == ["How many customers are there?"]
        assert "connection/connections.json" not in given
        assert key not in b"".join(given.values()).decode()
