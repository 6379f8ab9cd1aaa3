"""Input that nobody should send: each is refused with its reason, and the worker serves on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from harness.services.model_worker import CHAT_MODEL, ModelWorker, model_worker

pytestmark = pytest.mark.heavy

GENERATE, CHAT, COMPLETION, EMBEDDING, RERANK, TOKENIZE, TRANSCRIPTION = range(7)


def chat(text: str = "Name a colour.", **fields: Any) -> dict[str, Any]:
    return {"model": CHAT_MODEL, "messages": [{"role": "user", "content": text}], "max_tokens": 4} | fields


def generated(worker: ModelWorker, prompt: str, adapter: str = "", **parameters: Any) -> Any:
    """The last response to a request in the old form."""
    from aistack.inference.protocol import ai_service_pb2 as pb

    generation = pb.GenerationParameters(**parameters)
    fields: Any = {"model_id": CHAT_MODEL, "prompt": prompt, "generation": generation, "adapter": adapter}
    return worker.responses(GENERATE, b"", **fields)[-1]


@pytest.fixture(autouse=True)
def still_serving(worker: ModelWorker) -> Iterator[None]:
    yield
    assert worker.answer(CHAT, chat())["choices"]


def test_an_empty_prompt_is_answered_or_refused(worker: ModelWorker):
    body = {"model": CHAT_MODEL, "prompt": "", "max_tokens": 2}
    for last in (worker.responses(COMPLETION, body)[-1], generated(worker, "", max_new_tokens=2)):
        assert last.end_of_stream and (last.usage.completion_tokens or last.error.status == 400)
    assert worker.answer(CHAT, chat(""))["choices"]


def test_a_prompt_of_ten_megabytes_is_refused(worker: ModelWorker):
    for error in (worker.error(CHAT, chat("word " * 2_000_000)), generated(worker, "word " * 2_000_000).error):
        assert (error.status, error.code) in ((400, "string_above_max_length"), (400, "context_length_exceeded"))
    error = worker.error(CHAT, chat("word " * 700_000))
    assert (error.status, error.code) == (400, "context_length_exceeded")


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"max_new_tokens": 2**32 - 1}, "max_tokens"),
        ({"max_new_tokens": 4, "temperature": float("nan")}, "temperature"),
        ({"max_new_tokens": 4, "temperature": float("inf")}, "temperature"),
        ({"max_new_tokens": 4, "temperature": -1.0}, "temperature"),
        ({"max_new_tokens": 4, "top_p": -0.5}, "top_p"),
    ],
)
def test_parameters_out_of_range_are_named(parameters: dict[str, Any], param: str, worker: ModelWorker):
    error = generated(worker, "The sky is", **parameters).error
    assert (error.status, error.param) == (400, param)


@pytest.mark.parametrize("written", ["NaN", "-0.1", "1e999", '"1"', "true"])
def test_a_temperature_that_is_no_number_in_range_is_refused(written: str, worker: ModelWorker):
    body = json.dumps(chat(temperature=0)).replace('"temperature": 0', f'"temperature": {written}').encode()
    error = worker.error(CHAT, body)
    assert (error.status, error.param) == (400, "temperature")


def test_no_new_tokens_means_the_default(worker: ModelWorker):
    assert generated(worker, "The sky is", max_new_tokens=0).usage.completion_tokens > 1


@pytest.mark.parametrize(
    "body", [b'{"model": "\xff"}', b"\xff\xfe\x00", b'{"messages": [{"role": "user", "content": "\xc3\x28"}]}']
)
def test_bytes_that_are_not_utf8_are_refused(body: bytes, worker: ModelWorker):
    error = worker.error(CHAT, body, model_id=CHAT_MODEL)
    assert (error.status, error.code) == (400, "invalid_json")


def test_a_message_that_is_no_protobuf_ends_its_call_alone(worker: ModelWorker):
    with grpc.insecure_channel(f"unix:{worker.path}") as channel:
        method = channel.stream_stream("/cy.llm.AiInference/StreamPredict")
        with pytest.raises(grpc.RpcError):
            list(method(iter([b"\xff" * 100]), timeout=60))


def test_unknown_models_tasks_and_adapters_are_not_found(worker: ModelWorker):
    assert worker.error(CHAT, chat(model="gpt-9")).code == "model_not_found"
    assert worker.error(CHAT, chat(), model_id="../../etc/passwd").code == "model_not_found"
    assert generated(worker, "hi", adapter="none", max_new_tokens=1).error.code == "adapter_not_found"
    assert worker.error(TRANSCRIPTION, chat()).code == "unsupported_task"
    assert worker.error(99, chat()).status == 400


def test_a_model_that_takes_more_memory_than_there_is_names_both_numbers(tmp_path: Path, weights: Path):
    source = weights / "models" / CHAT_MODEL / "model.gguf"
    with (tmp_path / "vast.gguf").open("wb") as file:
        file.write(source.read_bytes())
        file.truncate(1 << 42)  # a sparse file
    arguments = ("--model", f"vast={tmp_path / 'vast.gguf'}", "--model", CHAT_MODEL, "--lazy", "--threads", "1")
    with model_worker(tmp_path / "run", weights, *arguments) as running:
        error = running.error(CHAT, chat(model="vast"))
        assert (error.status, error.code) == (503, "model_not_loaded")
        assert "MB of memory" in error.message and "MB are free" in error.message
        assert running.answer(CHAT, chat())["choices"]
