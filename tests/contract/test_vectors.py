"""One contract for vectors, on this machine and on a ChromaDB server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from aistack.stores import vectors_local
from aistack.stores.vectors import VectorsFailed, VectorStore
from aistack.stores.vectors_factory import open_vectors
from harness.processes import free_port


@pytest.fixture(params=["exact", "graph", "chroma"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[VectorStore]:
    if request.param == "graph":
        monkeypatch.setattr(vectors_local, "EXACT_MAX", 0)
        monkeypatch.setattr(vectors_local, "NARROW_MAX", 3)
    opened = open_vectors(request.getfixturevalue("chroma") if request.param == "chroma" else "", tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def space() -> str:
    return f"space-{free_port()}-{np.random.default_rng().integers(1 << 40)}"


def some(count: int, dimensions: int = 8, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


async def test_the_nearest_come_first_with_their_cosine(store: VectorStore, space: str):
    vectors = some(50)
    await store.add(space, range(1, 51), vectors)
    found = await store.search(space, vectors[6], 3)
    expected = np.argsort(-(vectors @ vectors[6]))[:3] + 1
    assert [one for one, _ in found] == expected.tolist()
    assert found[0][1] == pytest.approx(1.0, abs=2e-3)
    assert found[2][1] == pytest.approx(float(vectors[6] @ vectors[found[2][0] - 1]), abs=2e-3)


async def test_only_the_ids_asked_for_are_searched(store: VectorStore, space: str):
    vectors = some(60)
    await store.add(space, range(60), vectors)
    for among in ([3, 9], list(range(0, 60, 2)), [1000], []):
        found = await store.search(space, vectors[9], 5, among)
        order = [one for one in np.argsort(-(vectors @ vectors[9])).tolist() if one in among]
        assert [one for one, _ in found] == order[:5]


async def test_adding_again_replaces(store: VectorStore, space: str):
    vectors = some(3)
    await store.add(space, [1, 2, 3], vectors)
    await store.add(space, [2], vectors[:1])
    assert {one for one, _ in await store.search(space, vectors[0], 2)} == {1, 2}
    assert await store.ids(space) == {1, 2, 3}


async def test_what_is_removed_is_not_found(store: VectorStore, space: str):
    vectors = some(10)
    await store.add(space, range(10), vectors)
    await store.search(space, vectors[0], 3)
    await store.remove(space, [0, 4, 77])
    assert await store.ids(space) == set(range(10)) - {0, 4}
    assert 0 not in {one for one, _ in await store.search(space, vectors[0], 10)}


async def test_spaces_are_apart_and_can_be_dropped(store: VectorStore, space: str):
    await store.add(space, [1], some(1))
    await store.add(f"{space}-other", [2], some(1, 4))
    assert {space, f"{space}-other"} <= await store.spaces()
    await store.drop(space)
    await store.drop(space)
    assert space not in await store.spaces()
    assert await store.ids(space) == set()
    assert await store.search(space, some(1)[0], 3) == []
    assert await store.ids(f"{space}-other") == {2}


async def test_vectors_of_another_length_are_refused(store: VectorStore, space: str):
    await store.add(space, [1], some(1))
    with pytest.raises(VectorsFailed):
        await store.add(space, [2], some(1, 5))
    with pytest.raises(VectorsFailed):
        await store.search(space, some(1, 5)[0], 3)


async def test_nothing_is_lost_when_the_store_is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vectors_local, "EXACT_MAX", 0)
    vectors = some(200)
    first = open_vectors("", tmp_path)
    await first.add("s", range(100), vectors[:100])
    await first.search("s", vectors[0], 1)
    await first.close()
    second = open_vectors("", tmp_path)
    await second.add("s", range(100, 200), vectors[100:])  # never saved in the graph: the process is killed here
    await second.remove("s", [5])
    third = open_vectors("", tmp_path)
    assert (await third.search("s", vectors[150], 1))[0][0] == 150
    assert 5 not in {one for one, _ in await third.search("s", vectors[5], 20)}
    await third.close()


async def test_while_a_graph_is_built_searches_are_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    vectors = some(300)
    first = open_vectors("", tmp_path)
    await first.add("s", range(300), vectors)
    await first.close()
    monkeypatch.setattr(vectors_local, "EXACT_MAX", 10)
    second = open_vectors("", tmp_path)
    found = await asyncio.gather(*(second.search("s", vectors[at], 3) for at in range(20)))
    assert [one[0][0] for one in found] == list(range(20))
    await second.add("s", [300], some(1, seed=9))
    assert (await second.search("s", some(1, seed=9)[0], 1))[0][0] == 300
    assert list(tmp_path.glob("*.usearch"))
    await second.close()


async def test_a_damaged_graph_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vectors_local, "EXACT_MAX", 0)
    vectors = some(30)
    first = open_vectors("", tmp_path)
    await first.add("s", range(30), vectors)
    await first.search("s", vectors[0], 1)
    await first.close()
    (graph,) = tmp_path.glob("*.usearch")
    for damaged in (b"", b"garbage" * 100, graph.read_bytes()[:-50]):
        graph.write_bytes(damaged)
        again = open_vectors("", tmp_path)
        assert (await again.search("s", vectors[7], 1))[0][0] == 7
        await again.close()


async def test_a_server_that_is_away_is_named(space: str):
    away = open_vectors(f"chroma://127.0.0.1:{free_port()}", Path())
    with pytest.raises(VectorsFailed, match="ChromaDB at http"):
        await away.search(space, some(1)[0], 3)
    await away.close()


def test_a_url_of_another_kind_is_refused(tmp_path: Path):
    with pytest.raises(VectorsFailed, match="chroma://HOST:PORT"):
        open_vectors("milvus://here", tmp_path)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path):
    (tmp_path / "vectors.sqlite3").write_bytes(b"this is no database at all, not even nearly" * 100)
    store = open_vectors("", tmp_path)
    with pytest.raises(VectorsFailed, match=str(tmp_path)):
        await store.add("s", [1], some(1))
