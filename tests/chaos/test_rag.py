"""kill -9 at any moment of upload, delete, re-index and a change of embedder: nothing half, nothing lost."""

import asyncio
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from harness.processes import free_port, until
from harness.samples.sentence_models import sentence_model
from harness.services.rag import start_rag_process

pytestmark = pytest.mark.heavy

KILLS, DEEP_KILLS = 10, 150
CHECK_EVERY = 10
NAMES = [f"doc{number}.txt" for number in range(12)]


class Victim:
    """The service, what it was told and acknowledged, and the dice."""

    def __init__(self, folder: Path, seed: int, **settings: object) -> None:
        self.folder, self.dice, self.port = folder, random.Random(seed), free_port()
        self.models = [str(sentence_model(folder / f"model{n}" / "m", seed=n)) for n in (1, 2)]
        self.settings = {"data_dir": str(folder / "data"), "lease_seconds": 1.5, "attempts_max": 50} | settings
        self.known: dict[str, str] = {}  # the word that the acknowledged content of each document holds
        self.unsure: dict[str, set[str | None]] = {}  # what it may hold: a call was cut off
        self.count = 0

    def start(self) -> None:
        settings = self.settings | {"embedder": self.models[self.dice.randrange(2)]}
        self.process = start_rag_process(self.port, settings)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}/v1/rag", timeout=30)
        until(self.answers, what="the service")

    def answers(self) -> bool:
        assert self.process.poll() is None, "the service did not come up again"
        try:
            return self.http.get("/status").is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.http.close()

    def act(self) -> None:
        """One random call. Cut off by the kill, it may or may not have happened."""
        name = self.dice.choice(NAMES)
        what = self.dice.choice(("upload", "upload", "upload", "delete", "reindex"))
        self.count += 1
        others = [word for other, word in self.known.items() if other != name]
        word = self.dice.choice(others) if others and self.dice.random() < 0.3 else f"word{self.count}x"
        try:
            if what == "upload":
                self.unsure.setdefault(name, {self.known.get(name)}).add(word)
                text = " ".join(f"The {word} cat number {n} met a dog near the river." for n in range(30))
                self.http.post(
                    "/collections/default/documents", files=[("files", (name, text.encode()))]
                ).raise_for_status()
                self.known[name] = word
                self.unsure.pop(name)
            elif what == "delete":
                listed = self.http.get("/collections/default/documents").raise_for_status().json()["documents"]
                one = next((one for one in listed if one["name"] == name), None)
                if one is not None:
                    self.unsure.setdefault(name, {self.known.get(name)}).add(None)
                    self.http.delete(f"/collections/default/documents/{one['id']}").raise_for_status()
                    self.known.pop(name, None)
                    self.unsure.pop(name)
            else:
                self.http.post("/collections/default/reindex").raise_for_status()
        except httpx.HTTPError:
            return

    def check(self) -> None:
        """Once it is quiet: every document whole, with its last acknowledged content, in every index alike."""
        until(self.is_quiet, 60, "all work")
        listed = self.http.get("/collections/default/documents?limit=1000").json()["documents"]
        found = {one["name"]: one for one in listed}
        assert len(found) == len(listed)
        chunks: dict[str, int] = {}  # of each content; equal ones are shown once
        for name in NAMES:
            allowed = self.unsure.get(name) or {self.known.get(name)}
            one = found.get(name)
            if one is None:
                assert None in allowed, f"{name} is lost; it may be {allowed}"
                continue
            assert one["status"] == "ready", one
            whole = self.http.get(f"/collections/default/documents/{one['id']}").json()
            word = whole["text"].split()[1]
            assert word in allowed, f"{name} holds {word}; it may be {allowed}"
            assert whole["text"].count(word) == 30
            hits = self.search(word, "lexical")
            assert len(hits) == len(whole["chunks"])
            assert {hit["text"] for hit in hits} == {one["text"] for one in whole["chunks"]}
            chunks[word] = len(hits)
            self.known[name] = word
        for name in NAMES:
            self.unsure.pop(name, None)
            if name not in found:
                self.known.pop(name, None)
        assert len(self.search("The cat met a dog", "semantic")) == sum(chunks.values())
        graph = self.http.get("/graph/entities?q=cat&limit=100").json()
        assert all(one["chunks"] <= sum(chunks.values()) for one in graph["entities"])

    def is_quiet(self) -> bool:
        status = self.http.get("/status").json()
        embedder = status["embedder"]
        return status["waiting"] == 0 and embedder["coming"] is None and not embedder["behind"]

    def search(self, query: str, mode: str) -> list[dict]:
        body = {"query": query, "mode": mode, "top_k": 1000}
        return self.http.post("/search", json=body).raise_for_status().json()["hits"]


class Folder:
    """A watched folder in which files are written, moved, copied, swapped and deleted at random."""

    def __init__(self, path: Path, dice: random.Random) -> None:
        self.path, self.dice, self.count = path, dice, 0
        (path / "sub").mkdir(parents=True)
        self.names = [*NAMES[:5], *(f"sub/{name}" for name in NAMES[:5])]

    def change(self) -> None:
        one, other = (self.path / name for name in self.dice.sample(self.names, 2))
        what = self.dice.choice(("write", "write", "move", "copy", "swap", "delete"))
        if what == "write":
            self.count += 1
            one.write_text(f"The file {self.count} tells of a lamp.")
        elif what == "delete":
            one.unlink(missing_ok=True)
        elif what == "copy" and one.exists():
            other.write_bytes(one.read_bytes())
        elif what == "move" and one.exists():
            one.rename(other)
        elif what == "swap" and one.exists() and other.exists():
            one.rename(self.path / ".swap")
            other.rename(one)
            (self.path / ".swap").rename(other)

    def texts(self) -> dict[str, str]:
        found = {name: self.path / name for name in self.names}
        return {name: path.read_text() for name, path in found.items() if path.exists()}


@pytest.fixture(params=["sqlite", "postgresql+chroma"])
def victim(request: pytest.FixtureRequest, tmp_path: Path):
    settings: dict[str, object] = {}
    if request.param != "sqlite":
        url: str = request.getfixturevalue("postgres")
        name = f"chaos{free_port()}"

        async def create() -> None:
            import asyncpg

            connection = await asyncpg.connect(url)
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()

        asyncio.run(create())
        settings = {
            "database_url": url.rpartition("/")[0] + f"/{name}",
            "vectors_url": request.getfixturevalue("chroma"),
        }
    one = Victim(tmp_path, seed=7, **settings)
    yield one
    one.kill()


@pytest.mark.parametrize("kills", [KILLS, pytest.param(DEEP_KILLS, marks=pytest.mark.deep)])
def test_killed_again_and_again_it_stays_whole(victim: Victim, kills: int):
    victim.start()
    for number in range(1, kills + 1):
        moment = time.monotonic() + victim.dice.uniform(0.02, 0.8)
        killer = subprocess.Popen(
            ["sh", "-c", f"sleep {max(0.0, moment - time.monotonic()):.3f}; kill -9 {victim.process.pid}"]
        )
        while time.monotonic() < moment + 0.05 and victim.process.poll() is None:
            victim.act()
        killer.wait()
        victim.process.wait()
        victim.http.close()
        victim.start()
        if number % CHECK_EVERY == 0:
            victim.check()


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.deep)])
def test_killed_again_and_again_it_follows_a_watched_folder(tmp_path: Path, kills: int):
    victim = Victim(tmp_path, seed=11, watch_folders=[str(tmp_path)])
    folder = Folder(tmp_path / "watched", victim.dice)
    victim.start()
    body = {"folder": str(folder.path), "every_seconds": 5}
    victim.http.post("/collections/default/sources", json=body).raise_for_status()

    def documents() -> dict[str, str]:
        listed = victim.http.get("/collections/default/documents?limit=100").json()["documents"]
        each = [victim.http.get(f"/collections/default/documents/{one['id']}").json() for one in listed]
        return {one["name"]: one["text"] for one in each if one["status"] == "ready"}

    for _ in range(kills):
        for _ in range(6):
            folder.change()
        time.sleep(victim.dice.uniform(0.2, 1.5))  # the moment of the kill, from before a check to after it
        victim.kill()
        for _ in range(6):
            folder.change()
        victim.start()
    until(lambda: documents() == folder.texts(), 60, what="the documents of the folder's files")
    listed = victim.http.get("/collections/default/documents?limit=100").json()["documents"]
    assert {one["name"] for one in listed} == folder.texts().keys()
    victim.kill()
