"""`aistack add`, `ask` and `search` against the running service: whole, cut off, refused."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.processes import REPOSITORY, answers, free_port, until
from harness.services.rag import rag_process, start_rag_process

pytestmark = pytest.mark.heavy


class Terminal:
    """The command in a folder, against one address. `service` is a client of the same service."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.environ = os.environ | {"AISTACK_URL": url, "AISTACK_DATA_DIR": str(folder / ".aistack")}
        self.environ["PYTHONPATH"] = os.pathsep.join((str(REPOSITORY / "src"), str(REPOSITORY)))
        self.service = httpx.Client(base_url=f"{url}/v1/rag/collections/default", timeout=60)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "aistack.cli", *words], cwd=self.folder, env=self.environ, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str, stdin: str = "", status: int = 0) -> tuple[str, str]:
        process = self.start(*words)
        out, err = process.communicate(stdin, timeout=120)
        assert process.returncode == status, (out, err)
        return out, err

    def names(self) -> set[str]:
        return {one["name"] for one in self.service.get("/documents?limit=1000").json()["documents"]}

    def forget(self) -> None:
        for one in self.service.get("/documents?limit=1000").json()["documents"]:
            self.service.delete(f"/documents/{one['id']}").raise_for_status()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rag_process(tmp_path_factory.mktemp("rag")) as (running, _):
        yield running


@pytest.fixture
def terminal(tmp_path: Path, url: str) -> Iterator[Terminal]:
    (tmp_path / "docs" / "sub").mkdir(parents=True)
    (tmp_path / "docs" / "gate.md").write_text("# Gates\n\nThe gate code is 7731.\n")
    (tmp_path / "docs" / "sub" / 'a "b" 报告.txt').write_text("泊位费是每晚十二元。")
    one = Terminal(tmp_path, url)
    yield one
    one.forget()


def test_files_are_added_asked_and_searched(terminal: Terminal):
    (terminal.folder / "docs" / "empty.txt").touch()
    out, err = terminal.run("add", "docs", status=1)
    assert out == "2 added, 0 unchanged, 1 failed in collection default.\n"
    assert err == "docs/empty.txt: the file is empty\n"
    (terminal.folder / "docs" / "empty.txt").unlink()
    assert json.loads(terminal.run("add", "docs", "--json")[0])["unchanged"] == 2
    (terminal.folder / "docs" / "gate.md").write_text("# Gates\n\nThe gate code is 9914.\n")
    assert terminal.run("add", "docs/**/*.md") == ("1 added, 0 unchanged in collection default.\n", "")

    out, err = terminal.run("ask", "What", "is the gate code?")
    assert (
        out == "The gate code is 9914. [1]\n\nSources, which the answer quotes:\n[1] docs/gate.md, Gates\n" and not err
    )
    answer = json.loads(terminal.run("ask", "--json", stdin="What is the gate code?")[0])
    assert (answer["mode"], answer["citations"][0]["name"]) == ("extractive", "docs/gate.md")
    lines = [
        json.loads(line) for line in terminal.run("ask", "--json", "--stream", "What is the gate code?")[0].splitlines()
    ]
    assert [next(iter(line)) for line in lines] == ["citation", "sentence", "answer"]
    assert terminal.run("ask", "Who won the regatta?")[0] == "The documents do not answer this question.\n"

    out, _ = terminal.run("search", "泊位费")
    assert out.startswith('1. docs/sub/a "b" 报告.txt\n   泊位费是每晚十二元。')
    hits = json.loads(terminal.run("search", "gate code", "--json", "-n", "1")[0])["hits"]
    assert [hit["name"] for hit in hits] == ["docs/gate.md"]


def test_standard_input_is_a_document(terminal: Terminal):
    terminal.run("add", "-", "--name", "notes/owl.txt", stdin="An owl lives in the barn.")
    assert terminal.names() == {"notes/owl.txt"}
    assert "--name" in terminal.run("add", "-", stdin="x", status=1)[1]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("add", "docs", "-c", "nix"), 5, "there is no collection nix"),
        (("ask", "why", "-c", "nix"), 5, "there is no collection nix"),
        (("ask", "why", "-c", "No Name"), 1, "collection: String should match"),
        (("add", "docs", "--url", "http://127.0.0.1:9"), 3, "did not answer"),
        (("search", "x", "--url", "127.0.0.1:9"), 3, "is the stack running?"),
        (("add", "nope"), 1, "nope: there is no such file"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(terminal: Terminal, words: tuple[str, ...], status: int, says: str):
    _, err = terminal.run(*words, status=status)
    assert says in err and err.count("\n") == 1


def test_control_characters_of_documents_do_not_reach_the_terminal(terminal: Terminal):
    (terminal.folder / "evil.txt").write_text("The bell \x1b[2J\x1b]0;owned\x07 rings at nine.")
    terminal.run("add", "evil.txt")
    for words in (("search", "bell"), ("ask", "When does the bell ring?")):
        assert "\x1b" not in terminal.run(*words)[0]


def test_it_goes_on_after_both_sides_were_killed(tmp_path: Path):
    folder, port = tmp_path / "many", free_port()
    folder.mkdir()
    for number in range(240):
        (folder / f"{number}.txt").write_text(f"Note {number} is about lamps. " * 20)
    settings: dict[str, object] = {"data_dir": str(tmp_path / "rag"), "lease_seconds": 1.5}
    service = start_rag_process(port, settings)
    terminal = Terminal(tmp_path, f"http://127.0.0.1:{port}")

    def ready() -> int:
        listed = terminal.service.get("/documents?limit=1000").json()["documents"]
        return len([one for one in listed if one["status"] == "ready"])

    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/v1/rag/status"), what="the service")
        for number, sent in enumerate((signal.SIGINT, signal.SIGKILL)):
            first = terminal.start("add", "many")
            until(lambda least=number * 20: ready() > least, 60, "some documents")
            first.send_signal(sent)
            _, err = first.communicate(timeout=60)
            if sent == signal.SIGINT:
                assert first.returncode == 130 and "run the same command again" in err and "Traceback" not in err
        second = terminal.start("add", "many", "--json")
        until(lambda: ready() > 60, 60, "more documents")
        service.kill()
        service.wait()
        service = start_rag_process(port, settings)
        out, err = second.communicate(timeout=120)
        assert second.returncode == 0, err
        counts = json.loads(out)
        assert counts["added"] + counts["unchanged"] == 240 and counts["unchanged"] > 0
        assert ready() == 240
        versions = {one["version"] for one in terminal.service.get("/documents?limit=1000").json()["documents"]}
        assert versions == {1}
    finally:
        service.kill()
        service.wait()


def test_a_watched_folder_is_followed_also_over_restarts(terminal: Terminal):
    docs = terminal.folder / "docs"
    watching = terminal.start("add", "docs", "--watch")
    try:
        until(lambda: len(terminal.names()) == 2, 60, "the first documents")
        (docs / "new.md").write_text("The horn sounds in fog.")
        (docs / "gate.md").rename(docs / "moved.md")
        until(lambda: {"docs/new.md", "docs/moved.md"} <= terminal.names(), 60, "the new names")
        until(lambda: "docs/gate.md" not in terminal.names(), 60, "the deletion")
        docs.rename(terminal.folder / "away")
        (terminal.folder / "away" / "later.md").write_text("It was written elsewhere.")
        (terminal.folder / "away").rename(docs)
        until(lambda: "docs/later.md" in terminal.names(), 60, "the file of the folder that came back")
        assert len(terminal.names()) == 4
    finally:
        watching.send_signal(signal.SIGKILL)
        watching.communicate()
    (docs / "new.md").unlink()
    watching = terminal.start("add", "docs", "--watch")
    until(lambda: "docs/new.md" not in terminal.names(), 60, "the deletion while nobody watched")
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=60)
    assert watching.returncode == 130 and out == "deleted docs/new.md\n", err
