"""The lexical index: small collections, large ones, and what changes while they are searched."""

import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aistack.language.analysis import TERM_FORM
from aistack.rag.indexes import lexical
from aistack.rag.indexes.lexical import Entry, LexicalIndex

WORDS = [f"w{number}" for number in range(300)]


def entries(first: int, count: int, seed: int = 0) -> list[Entry]:
    chance = random.Random(seed)
    return [
        Entry(
            first + at, " ".join(chance.choices(WORDS, k=3)), " ".join(chance.choices(WORDS, k=chance.randint(5, 60)))
        )
        for at in range(count)
    ]


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[LexicalIndex]:
    opened = LexicalIndex(tmp_path / "lexical.sqlite3")
    await opened.open()
    yield opened
    await opened.close()


async def reopened(tmp_path: Path) -> LexicalIndex:
    again = LexicalIndex(tmp_path / "lexical.sqlite3")
    await again.open()
    return again


QUERIES = [["w1", "w2", "w3"], ["w7"], ["w299", "nothing"], ["nothing"], WORDS[:40]]


async def both(index: LexicalIndex, query: list[str], among: list[int] | None = None, limit: int = 30):
    """What the index finds with precomputed scores, and with the table alone."""
    fast = await index.search(1, query, limit, among)
    scores, index._precomputed = index._precomputed, {}
    slow = await index.search(1, query, limit, among)
    index._precomputed = scores
    return fast, slow


@pytest.fixture
async def large(index: LexicalIndex, monkeypatch: pytest.MonkeyPatch) -> LexicalIndex:
    monkeypatch.setattr(lexical, "PRECOMPUTED_CHUNKS_MIN", 100)
    await index.add(1, entries(1, 400))
    await index.maintain()
    assert 1 in index._precomputed
    return index


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: " ".join(query[:3]))
@pytest.mark.parametrize("among", [None, list(range(0, 500, 3)), []], ids=["all", "some", "none"])
async def test_scores_equal_those_of_the_table(large: LexicalIndex, query: list[str], among: list[int] | None):
    fast, slow = await both(large, query, among)
    assert [score for _, score in fast] == pytest.approx([score for _, score in slow], rel=1e-4)
    tied = slow[-1][1] * 1.0001 if slow else 0.0  # the order of ties at the end is not defined
    assert {one for one, score in fast if score > tied} == {one for one, score in slow if score > tied}


async def test_what_is_added_and_removed_counts_at_once(large: LexicalIndex):
    await large.add(1, [Entry(401, "", "w1 w2 w3 w1 w2 w3")])
    found = [one for one, _ in await large.search(1, ["w1", "w2", "w3"], 10)]
    assert found[0] == 401
    await large.remove(1, [401, found[1]])
    assert not {401, found[1]} & {one for one, _ in await large.search(1, ["w1", "w2", "w3"], 400)}


async def test_an_entry_that_is_replaced_is_found_by_its_new_words_only(large: LexicalIndex):
    await large.add(1, [Entry(5, "", "brandnew")])
    assert [one for one, _ in await large.search(1, ["brandnew"], 5)] == [5]
    fast, slow = await both(large, ["w1"], limit=400)
    assert {one for one, _ in fast} == {one for one, _ in slow}


async def test_scores_are_recomputed_when_many_chunks_changed(large: LexicalIndex):
    before = large._precomputed[1]
    await large.add(1, entries(1000, 20, 7))
    await large.maintain()
    assert large._precomputed[1] is before
    await large.add(1, entries(1100, 40, 8))
    await large.maintain()
    assert large._precomputed[1].last_id == 1139


async def test_scores_are_loaded_after_a_restart(large: LexicalIndex, tmp_path: Path):
    await large.remove(1, [3])
    again = await reopened(tmp_path)
    assert 1 in again._precomputed
    fast, slow = await both(again, ["w1", "w2"], limit=400)
    assert {one for one, _ in fast} == {one for one, _ in slow} and 3 not in {one for one, _ in fast}
    await again.close()


@pytest.mark.parametrize("harm", ["cut off", "damaged", "gone"])
async def test_without_scores_the_table_is_searched(large: LexicalIndex, tmp_path: Path, harm: str):
    folder = large._folder(1, TERM_FORM)
    if harm == "cut off":
        (folder / "terms.txt").unlink()
    elif harm == "damaged":
        (folder / "offsets.npy").write_bytes(b"garbage")
    else:
        shutil.rmtree(folder)
    again = await reopened(tmp_path)
    assert 1 not in again._precomputed
    assert await again.search(1, ["w1"], 5)
    await again.close()


async def test_a_dropped_collection_leaves_nothing(large: LexicalIndex, tmp_path: Path):
    await large.drop(1)
    assert await large.search(1, ["w1"], 5) == []
    assert not list((tmp_path / "impacts").iterdir())
