"""An index with terms of the first form serves until the rebuilt one is complete, whatever happens in between."""

import fcntl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from prometheus_client import CollectorRegistry

from aistack.rag.documents import DocumentStore
from aistack.rag.indexes import lexical as lexical_module
from aistack.rag.indexes import rebuild as rebuild_module
from aistack.rag.indexes.lexical import Entry, LexicalIndex
from aistack.rag.indexes.rebuild import IndexRebuild
from harness.samples import first_index

TEXTS = {number: f"第{number}天喝茶 w{number}" for number in range(1, 26)}


class Texts:
    """Of a document store what a rebuild needs: live chunks. A callback runs before each batch."""

    def __init__(self, collections: Sequence[int] = (1,)) -> None:
        self.texts = {one: dict(TEXTS) for one in collections}
        self.before_batch = lambda: None
        self.batches = 0

    async def live_chunk_ids(self, collection_id: int) -> set[int]:
        return set(self.texts.get(collection_id, ()))

    async def live_chunks(self, ids: Sequence[int]) -> dict[int, "Row"]:
        self.batches += 1
        self.before_batch()
        return {one: Row(one, self.texts[1][one]) for one in ids if one in self.texts[1]}


class Row:
    def __init__(self, number: int, text: str) -> None:
        self.id, self.text, self.title, self.heading = number, text, "t", []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    where = tmp_path / "lexical.sqlite3"
    first_index.write(where, 1, [(number, "t", f"天喝 喝茶 w{number}") for number in TEXTS])
    return where


@pytest.fixture
async def index(path: Path) -> AsyncIterator[LexicalIndex]:
    opened = LexicalIndex(path)
    await opened.open()
    yield opened
    await opened.close()


def rebuild_of(index: LexicalIndex, texts: Texts) -> IndexRebuild:
    return IndexRebuild(cast(DocumentStore, texts), index, CollectorRegistry())


async def found(index: LexicalIndex, query: str) -> list[int]:
    return sorted(one for one, _ in await index.search(1, index.query_terms([1], query), 100))


async def test_the_old_index_answers_until_the_new_one_does(index: LexicalIndex, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rebuild_module, "BATCH", 10)
    assert index.outdated() == [1]
    assert await found(index, "喝茶") == list(TEXTS)
    assert await found(index, "茶") == []  # the first form has no single characters
    texts = Texts()
    rebuild = rebuild_of(index, texts)
    seen = []
    texts.before_batch = lambda: seen.append(rebuild.view())
    await rebuild.check()
    assert [(one.rebuilding, one.chunks_done, one.chunks) for one in seen] == [
        (True, 0, 25),
        (True, 10, 25),
        (True, 20, 25),
    ]
    assert (rebuild.view().rebuilding, index.outdated()) == (False, [])
    assert await found(index, "茶") == list(TEXTS)
    await rebuild.check()
    assert texts.batches == 3


async def test_a_rebuild_that_breaks_off_goes_on_where_it_stopped(
    index: LexicalIndex, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rebuild_module, "BATCH", 10)
    texts = Texts()

    def break_off() -> None:
        if texts.batches == 2:
            raise OSError("killed")

    texts.before_batch = break_off
    with pytest.raises(OSError, match="killed"):
        await rebuild_of(index, texts).check()
    again = LexicalIndex(path)
    await again.open()
    assert await found(again, "喝茶") == list(TEXTS)
    rest = Texts()
    await rebuild_of(again, rest).check()
    assert rest.batches == 2
    assert await found(again, "茶") == list(TEXTS)
    await again.close()


async def test_what_changes_during_a_rebuild_is_in_the_new_index(index: LexicalIndex):
    texts = Texts()
    await index.begin_rebuild(1)
    texts.texts[1][30] = "红茶"
    await index.add(1, [Entry(30, "t", "红 茶 红茶")])
    assert 30 in await found(index, "红茶")
    del texts.texts[1][3]
    await index.remove(1, [3])
    await rebuild_of(index, texts).check()
    assert await found(index, "茶") == sorted(texts.texts[1])


async def test_another_process_follows_the_switch(index: LexicalIndex, path: Path):
    other = LexicalIndex(path)
    await other.open()
    await rebuild_of(index, Texts()).check()
    assert await found(other, "喝茶") == list(TEXTS)
    assert await found(other, "茶") == list(TEXTS)
    await other.add(1, [Entry(31, "t", "红 茶 红茶")])
    assert 31 in await found(index, "茶")
    await other.close()


async def test_only_one_process_rebuilds(index: LexicalIndex, path: Path):
    texts = Texts()
    with path.with_name("lexical.sqlite3.rebuild.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await rebuild_of(index, texts).check()
    assert (texts.batches, index.outdated()) == (0, [1])
    await rebuild_of(index, texts).check()
    assert index.outdated() == []


async def test_the_scores_of_a_large_collection_are_ready_at_the_switch(
    index: LexicalIndex, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lexical_module, "PRECOMPUTED_CHUNKS_MIN", 10)
    await index.maintain()
    other = LexicalIndex(path)
    await other.open()
    await rebuild_of(index, Texts()).check()
    assert await found(index, "茶") == list(TEXTS)
    assert index._precomputed[1].folder.name.endswith("form2")
    assert [one.name for one in (path.parent / "impacts").iterdir()] == ["1-form2"]
    assert await found(other, "喝茶") == list(TEXTS)
    await other.close()


async def test_a_collection_that_is_deleted_during_a_rebuild_stays_deleted(index: LexicalIndex):
    await index.begin_rebuild(1)
    await index.drop(1)
    await index.add_rebuilt(1, [Entry(1, "", "w1")])
    await index.finish_rebuild(1)
    assert (await index.collections(), await found(index, "w1")) == (set(), [])
