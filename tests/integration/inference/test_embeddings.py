"""Embeddings in 4 bits by llama.cpp, and a reranker in ONNX format, through the worker."""

import base64
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.samples.sentence_models import sentence_model
from harness.services.model_worker import ModelWorker, model_worker, models_folder

pytestmark = pytest.mark.heavy

EMBEDDING, RERANK, TOKENIZE = 3, 4, 5
E5 = "multilingual-e5-small-q4"
PASSAGES = [
    "商品在收到后七天内可以申请退货，运费由卖家承担。",
    "公司年会将在十二月举行，请大家提前报名。",
    "The warranty of this phone covers two years.",
    "The annual party takes place in December.",
]


@pytest.fixture(scope="module")
def sentences(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelWorker]:
    folder = tmp_path_factory.mktemp("sentences")
    reranker = sentence_model(folder / "reranker", scores=True)
    (reranker / "aistack.json").write_text('{"kind": "rerank"}')
    models = ("--model", E5, "--model", f"reranker={reranker}")
    with model_worker(folder, models_folder(E5), *models, "--threads", "1") as running:
        yield running


def vectors(worker: ModelWorker, given: object, **fields: object) -> list[list[float]]:
    found = worker.answer(EMBEDDING, {"model": E5, "input": given} | fields)["data"]
    assert [one["index"] for one in found] == list(range(len(found)))
    return [one["embedding"] for one in found]


@pytest.mark.parametrize(
    ("query", "best"), [("怎么退货？", 0), ("年会是什么时候？", 1), ("How long is the guarantee?", 2)]
)
def test_a_question_finds_its_passage_in_chinese_and_in_english(query: str, best: int, sentences: ModelWorker):
    passages = vectors(sentences, PASSAGES)
    [asked] = vectors(sentences, query, input_type="query")
    scores = [sum(a * b for a, b in zip(asked, passage, strict=True)) for passage in passages]
    assert scores.index(max(scores)) == best


def test_a_vector_comes_as_numbers_or_packed_and_may_be_cut(sentences: ModelWorker):
    [plain] = vectors(sentences, PASSAGES[0])
    assert len(plain) == 384 and sum(one * one for one in plain) == pytest.approx(1, abs=1e-3)
    body = {"model": E5, "input": PASSAGES[0], "encoding_format": "base64"}
    packed = base64.b64decode(sentences.answer(EMBEDDING, body)["data"][0]["embedding"])
    assert struct.unpack("<384f", packed) == pytest.approx(plain, abs=1e-6)
    [short] = vectors(sentences, PASSAGES[0], dimensions=64)
    assert len(short) == 64 and sum(one * one for one in short) == pytest.approx(1, abs=1e-3)
    assert sentences.error(EMBEDDING, {"model": E5, "input": "a", "dimensions": 999}).param == "dimensions"


def test_token_ids_are_embedded_as_they_are(sentences: ModelWorker):
    tokens = sentences.answer(TOKENIZE, {"model": E5, "input": f"passage: {PASSAGES[2]}"})["tokens"]
    [by_ids], [by_text] = vectors(sentences, [0, *tokens, 2]), vectors(sentences, PASSAGES[2])
    assert sum(a * b for a, b in zip(by_ids, by_text, strict=True)) > 0.98
    error = sentences.error(EMBEDDING, {"model": E5, "input": [[1 << 30]]})
    assert (error.status, error.param) == (400, "input")
    assert vectors(sentences, [[0, *tokens, 2], [5, 6]])[0] == pytest.approx(by_ids, abs=1e-6)


def test_full_width_characters_are_the_same_text(sentences: ModelWorker):
    wide, narrow = vectors(sentences, ["Ｗａｒｒａｎｔｙ　２０２６", "Warranty 2026"])
    assert wide == pytest.approx(narrow, abs=1e-6)


def test_a_text_beyond_the_context_is_refused_with_both_numbers(sentences: ModelWorker):
    error = sentences.error(EMBEDDING, {"model": E5, "input": ["fine", "word " * 2000]})
    assert (error.status, error.code) == (400, "context_length_exceeded")
    assert "512" in error.message


def test_documents_come_back_best_first(sentences: ModelWorker):
    body = {
        "model": "reranker",
        "query": "refund policy",
        "documents": ["alpha", "refund policy", "server"],
        "top_n": 2,
    }
    found = sentences.answer(RERANK, body | {"return_documents": True})["results"]
    scores = [one["relevance_score"] for one in found]
    assert len(found) == 2 and scores == sorted(scores, reverse=True)
    assert all(one["document"]["text"] == body["documents"][one["index"]] for one in found)
    assert sentences.error(RERANK, {"model": "reranker", "query": "a", "documents": []}).param == "documents"
