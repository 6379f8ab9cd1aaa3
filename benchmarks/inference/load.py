"""How much load a run makes, and the client that makes it: the gRPC library's, with bytes instead of messages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import grpc.aio

from aistack.inference.protocol import ai_service_pb2 as pb

PREDICT = "/cy.llm.AiInference/StreamPredict"
HEALTH = "/cy.llm.AiInference/Health"


@dataclass(frozen=True, slots=True)
class Size:
    """`calls` for latencies; `rounds` of streams with `messages` each; `paced_seconds` of streams at a given pace;
    `held_streams` open at once; `kills` of a worker."""

    calls: int
    rounds: int
    messages: int
    paced_seconds: float
    held_streams: int
    kills: int


FULL = Size(calls=3_000, rounds=5, messages=4_000, paced_seconds=10, held_streams=1_000, kills=50)
QUICK = Size(calls=100, rounds=1, messages=200, paced_seconds=1, held_streams=50, kills=2)


def request(prompt: str) -> bytes:
    return pb.StreamPredictRequest(prompt=prompt, metadata=pb.StreamMetadata(trace_id="bench")).SerializeToString()


def predict(channel: grpc.aio.Channel) -> Callable[[Iterator[bytes]], Any]:
    return channel.stream_stream(PREDICT)
