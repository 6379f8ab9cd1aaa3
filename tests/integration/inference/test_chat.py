"""A real model in a worker: chat, completions, embeddings and tokens over the cy.llm protocol."""

import base64
import itertools
import json
import struct
from typing import Any

import pytest

from harness.services.model_worker import CHAT_MODEL, ModelWorker

pytestmark = pytest.mark.heavy

IMAGE = [{"type": "image_url", "image_url": {}}]
BROKEN_CALLS = [{"id": "1", "function": {"name": "f", "arguments": "{"}}]
ENDLESS = {"2": -100}  # the token that ends an answer
GENERATE, CHAT, COMPLETION, EMBEDDING, RERANK, TOKENIZE = range(6)


def chat(text: str = "Name a colour.", **fields: Any) -> dict[str, Any]:
    return {"model": CHAT_MODEL, "messages": [{"role": "user", "content": text}], "max_tokens": 12} | fields


def test_a_streamed_answer_has_one_id_and_the_public_name(worker: ModelWorker):
    responses = worker.responses(CHAT, chat(stream=True, stream_options={"include_usage": True}, logit_bias=ENDLESS))
    events = [json.loads(one.event) for one in responses]
    assert len({event["id"] for event in events}) == len({event["created"] for event in events}) == 1
    assert {event["model"] for event in events} == {CHAT_MODEL}
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [event["choices"][0]["finish_reason"] for event in events[:-1]][-1] == "length"
    assert all(event["usage"] is None for event in events[:-1])
    assert events[-1]["choices"] == [] and events[-1]["usage"]["completion_tokens"] == 12
    assert [one.index for one in responses] == list(range(len(responses)))
    assert responses[-1].end_of_stream and responses[-1].usage.completion_tokens == 12
    assert responses[-1].ttft_ms > 0 and responses[-1].tokens_per_sec > 0
    texts = "".join(event["choices"][0]["delta"].get("content", "") for event in events[:-1])
    assert texts == "".join(one.chunk for one in responses)


def test_the_same_seed_gives_the_same_answer_streamed_or_not(worker: ModelWorker):
    wanted = chat("Tell me a story.", seed=7, temperature=1.0)
    whole = worker.answer(CHAT, wanted)["choices"][0]["message"]["content"]
    streamed = worker.responses(CHAT, wanted | {"stream": True})
    assert "".join(one.chunk for one in streamed) == whole
    other = worker.answer(CHAT, wanted | {"seed": 8})["choices"][0]["message"]["content"]
    assert other != whole


def test_a_stop_string_ends_the_answer_before_it(worker: ModelWorker):
    body = {"model": CHAT_MODEL, "prompt": "1 2 3 4 5 6", "max_tokens": 30, "temperature": 0}
    plain = worker.answer(COMPLETION, body)["choices"][0]["text"]
    assert " 9" in plain
    stopped = worker.answer(COMPLETION, body | {"stop": [" 9"]})["choices"][0]
    assert stopped["text"] == plain.partition(" 9")[0] and stopped["finish_reason"] == "stop"


def test_characters_are_never_cut(worker: ModelWorker):
    body = {
        "model": CHAT_MODEL,
        "prompt": "😀👩🏽‍🚀中文 emoji list: 😀 😃 😄",
        "temperature": 1.5,
        "seed": 3,
        "stream": True,
    }
    for tokens in (5, 6, 7, 8, 24):
        for response in worker.responses(COMPLETION, body | {"max_tokens": tokens}):
            assert "\ufffd" not in response.chunk


def test_old_clients_get_text_without_events(worker: ModelWorker):
    from aistack.inference.protocol import ai_service_pb2 as pb

    generation = pb.GenerationParameters(max_new_tokens=4)
    found = worker.responses(GENERATE, b"", model_id=CHAT_MODEL, prompt="The sky is", generation=generation)
    assert "".join(one.chunk for one in found) and not any(one.event for one in found)
    assert found[-1].end_of_stream and found[-1].usage.completion_tokens == 4
    assert found[0].trace_id and len({one.trace_id for one in found}) == 1


def test_requests_of_one_call_interleave_and_fail_alone(worker: ModelWorker):
    from aistack.inference.protocol import ai_service_pb2 as pb

    requests = [
        worker.request(CHAT, body, metadata=pb.StreamMetadata(trace_id=name))
        for name, body in (
            ("a", chat(stream=True, logit_bias=ENDLESS)),
            ("b", chat(stream=True, max_tokens=20, logit_bias=ENDLESS)),
            ("c", chat(messages=[])),
        )
    ]
    found = list(worker.call(*requests))
    ends = {one.trace_id: one for one in found if one.end_of_stream}
    assert set(ends) == {"a", "b", "c"}
    assert ends["c"].error.status == 400 and ends["c"].error.param == "messages"
    assert ends["a"].usage.completion_tokens == 12 and ends["b"].usage.completion_tokens == 20
    order = [key for key, _ in itertools.groupby(one.trace_id for one in found if one.trace_id in "ab")]
    assert len(order) > 2


def test_what_does_not_fit_the_context_is_refused_with_both_numbers(worker: ModelWorker):
    error = worker.error(CHAT, chat("word " * 3000))
    assert (error.status, error.code) == (400, "context_length_exceeded")
    assert "2048" in error.message
    error = worker.error(CHAT, chat(max_tokens=2030))
    assert error.code == "context_length_exceeded" and "2048" in error.message and "2030" in error.message
    assert worker.error(CHAT, chat(max_tokens=4096)).code == "context_length_exceeded"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"content": "no role"}]}, "/messages/0/role"),
        ({"messages": [{"role": "user"}]}, "/messages/0/content"),
        ({"messages": [{"role": "user", "content": IMAGE}]}, "/messages/0/content/0/type"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "/messages/0/content"),
        (
            {"messages": [{"role": "assistant", "tool_calls": BROKEN_CALLS}]},
            "/messages/0/tool_calls/0/function/arguments",
        ),
        ({"tools": {"not": "a list"}}, "tools"),
        ({"tools": [{"type": "function"}]}, "/tools/0/function"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"temperature": 9}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 17}, "n"),
        ({"stop": [""]}, "stop[0]"),
        ({"logit_bias": {"x": 1}}, "logit_bias"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"response_format": {"type": "xml"}}, "/response_format/type"),
        ({"grammar": "root ::= x"}, "grammar"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_bad_fields_are_named(fields: dict[str, Any], param: str, worker: ModelWorker):
    error = worker.error(CHAT, chat(**fields))
    assert (error.status, error.param) == (400, param)


def test_bodies_that_are_not_requests_are_refused(worker: ModelWorker):
    assert worker.error(CHAT, b"{", model_id=CHAT_MODEL).code == "invalid_json"
    assert worker.error(CHAT, b"[" * 100_000, model_id=CHAT_MODEL).code == "invalid_json"
    assert worker.error(CHAT, b"[]", model_id=CHAT_MODEL).status == 400
    assert worker.error(CHAT, chat(model="gpt-9")).code == "model_not_found"
    assert worker.error(EMBEDDING, {"model": CHAT_MODEL, "input": "a"}).code == "unsupported_task"
    assert worker.error(CHAT, chat(), adapter="none").code == "adapter_not_found"


def test_log_probabilities_are_those_of_the_tokens(worker: ModelWorker):
    choice = worker.answer(CHAT, chat(logprobs=True, top_logprobs=2, temperature=0))["choices"][0]
    tokens = choice["logprobs"]["content"]
    assert "".join(one["token"] for one in tokens) == choice["message"]["content"]
    assert all(len(one["top_logprobs"]) == 2 and one["logprob"] <= 0 for one in tokens)


@pytest.mark.parametrize("streamed", [False, True])
def test_log_probabilities_come_without_likely_others_unless_asked(streamed: bool, worker: ModelWorker):
    body = chat(logprobs=True, temperature=0)
    events = worker.events(CHAT, body) if streamed else [worker.answer(CHAT, body)]
    choices = [event["choices"][0] for event in events]
    tokens = [one for choice in choices if choice["logprobs"] for one in choice["logprobs"]["content"]]
    assert "".join(one["token"] for one in tokens) == "".join(
        choice.get("message", choice.get("delta")).get("content", "") for choice in choices
    )
    assert all(one["logprob"] <= 0 and one["top_logprobs"] == [] for one in tokens)


@pytest.mark.parametrize(("wanted", "likely"), [(0, 0), (2, 2)])
def test_completions_have_log_probabilities_in_their_own_form(wanted: int, likely: int, worker: ModelWorker):
    body = {"model": CHAT_MODEL, "prompt": "1 2 3 4", "max_tokens": 6, "temperature": 0, "logprobs": wanted}
    choice = worker.answer(COMPLETION, body)["choices"][0]
    found = choice["logprobs"]
    assert "".join(found["tokens"]) == choice["text"]
    assert [choice["text"][at:].startswith(one) for at, one in zip(found["text_offset"], found["tokens"], strict=True)]
    assert len(found["token_logprobs"]) == len(found["top_logprobs"]) == 6
    assert all(len(one) == likely for one in found["top_logprobs"])


def test_a_prompt_may_be_token_ids(worker: ModelWorker):
    tokens = worker.answer(TOKENIZE, {"model": CHAT_MODEL, "input": "1 2 3 4 5 6"})["tokens"]
    body = {"model": CHAT_MODEL, "max_tokens": 6, "temperature": 0}
    texts = [
        worker.answer(COMPLETION, body | {"prompt": prompt})["choices"][0]["text"]
        for prompt in ("1 2 3 4 5 6", ["1 2 3 4 5 6"], tokens, [tokens])
    ]
    assert len(set(texts)) == 1


@pytest.mark.parametrize(
    "prompt", [["a"] * 129, ["a", 3], [[1, 2], "a", {}], [1, "a"], [[]], [], [-1], [1 << 30], [[True]]]
)
def test_other_prompts_are_refused_by_name(prompt: list[Any], worker: ModelWorker):
    error = worker.error(COMPLETION, {"model": CHAT_MODEL, "prompt": prompt, "max_tokens": 2})
    assert (error.status, error.param) == (400, "prompt")


PROMPTS = ("1 2 3 4 5 6", "a b c d e f", "10 20 30 40 50 60")  # the model is sure of what follows


def completion(prompt: Any, **fields: Any) -> dict[str, Any]:
    return {"model": CHAT_MODEL, "prompt": prompt, "max_tokens": 6, "temperature": 0} | fields


def test_several_prompts_are_answered_as_each_alone_would_be(worker: ModelWorker):
    alone = [worker.answer(COMPLETION, completion(one)) for one in PROMPTS]
    found = worker.answer(COMPLETION, completion(list(PROMPTS)))
    assert [one["index"] for one in found["choices"]] == [0, 1, 2]
    assert [one["text"] for one in found["choices"]] == [one["choices"][0]["text"] for one in alone]
    for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert found["usage"][name] == sum(one["usage"][name] for one in alone)
    events = worker.events(COMPLETION, completion(list(PROMPTS), stream=True, stream_options={"include_usage": True}))
    texts, ends = ["", "", ""], ["", "", ""]
    for choice in (event["choices"][0] for event in events[:-1]):
        texts[choice["index"]] += choice["text"]
        ends[choice["index"]] += choice["finish_reason"] or ""
    assert texts == [one["text"] for one in found["choices"]] and ends == ["length"] * 3
    assert events[-1]["choices"] == [] and events[-1]["usage"] == found["usage"] | {
        "prompt_tokens_details": events[-1]["usage"]["prompt_tokens_details"]
    }


def test_several_choices_differ_and_count_their_prompt_once(worker: ModelWorker):
    wanted = chat("Tell me a story.", n=3, seed=7, temperature=1.0)
    found = worker.answer(CHAT, wanted)
    texts = [one["message"]["content"] for one in found["choices"]]
    assert [one["index"] for one in found["choices"]] == [0, 1, 2] and len(set(texts)) == 3
    one = worker.answer(CHAT, wanted | {"n": 1})
    assert found["usage"]["prompt_tokens"] == one["usage"]["prompt_tokens"]
    assert found["usage"]["completion_tokens"] == 36
    both = worker.answer(COMPLETION, completion(list(PROMPTS[:2]), n=2, seed=1, temperature=1.0))
    assert [one["index"] for one in both["choices"]] == [0, 1, 2, 3]


def test_one_bad_prompt_of_several_refuses_all(worker: ModelWorker):
    error = worker.error(COMPLETION, completion([*PROMPTS, "x " * 5000]))
    assert error.code == "context_length_exceeded"


def test_text_and_messages_are_tokenized(worker: ModelWorker):
    found = worker.answer(TOKENIZE, {"model": CHAT_MODEL, "input": "hello wörld"})
    assert found["count"] == len(found["tokens"]) == 4 and found["max_model_len"] == 2048
    messages = worker.answer(TOKENIZE, {"model": CHAT_MODEL, "messages": chat()["messages"]})
    answered = worker.answer(CHAT, chat())
    assert messages["count"] == answered["usage"]["prompt_tokens"]


def test_embeddings_find_what_is_meant(worker: ModelWorker):
    texts = ["A cat sleeps on the sofa.", "The stock market fell.", "A kitten naps on a couch."]
    found = worker.answer(EMBEDDING, {"model": "minilm-int8", "input": texts})
    vectors = [one["embedding"] for one in found["data"]]
    near, far = (sum(a * b for a, b in zip(vectors[0], vectors[at], strict=True)) for at in (2, 1))
    assert near > 0.5 > far
    assert found["usage"]["prompt_tokens"] > 15
    packed = worker.answer(EMBEDDING, {"model": "minilm-int8", "input": texts[0], "encoding_format": "base64"})
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert struct.unpack(f"<{len(raw) // 4}f", raw) == pytest.approx(vectors[0], abs=1e-6)
    short = worker.answer(EMBEDDING, {"model": "minilm-int8", "input": texts[0], "dimensions": 64})
    assert len(short["data"][0]["embedding"]) == 64


def test_token_ids_are_embedded_as_they_are(worker: ModelWorker):
    def vectors(given: object) -> list[list[float]]:
        found = worker.answer(EMBEDDING, {"model": "minilm-int8", "input": given})
        return [one["embedding"] for one in found["data"]]

    ids = [101, 7592, 2088, 102]  # [CLS] hello world [SEP] in the vocabulary of BERT
    [text], [tokens] = vectors("hello world"), vectors(ids)
    assert tokens == pytest.approx(text, abs=1e-3)
    assert vectors([ids, [101, 102]])[0] == pytest.approx(text, abs=1e-2)
    error = worker.error(EMBEDDING, {"model": "minilm-int8", "input": [ids, [1 << 20]]})
    assert (error.status, error.param) == (400, "/input/1")
    assert worker.error(EMBEDDING, {"model": "minilm-int8", "input": [[5] * 600]}).code == "context_length_exceeded"


def test_a_text_that_would_be_cut_is_not_embedded(worker: ModelWorker):
    error = worker.error(EMBEDDING, {"model": "minilm-int8", "input": ["fine", "word " * 2000]})
    assert (error.code, error.param) == ("context_length_exceeded", "/input/1")
