"""A worker of the cy.llm protocol without a model, on the gRPC library's server: `python -m ... ADDRESS [NAME=VALUE]`.

The prompt says how it answers, in words: `n=5` responses, `gap=0.1` seconds between them, `bytes=100` of text in each,
`fail=NOT_FOUND:2` after two of them, `head` sends initial metadata at once, `wait` waits for the request's end first,
`die=2` kills the process after two. A chat request says it in the content of its last message, and is answered with
chunks of the OpenAI API, or with one object when it is not streamed. Metadata whose names begin with `x-echo` come back
as trailing metadata. Health has `running`, `cancelled`, `served` and `reloads`, and what the command line says: models,
adapters.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.processes import REPOSITORY, child, until

SERVICE = "cy.llm.AiInference"


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker in a process of its own."""

    name: str
    path: Path
    process: Any

    @property
    def address(self) -> str:
        return f"unix:{self.path}"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It does nothing meanwhile; its sockets stay open."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def inference_worker(path: Path, *about: str, wait: bool = True) -> Iterator[Worker]:
    """A worker that listens on a Unix socket. `about` are words such as `models=a,b`."""
    words = [sys.executable, "-m", "harness.services.inference_worker", f"unix:{path}", *about]
    environ = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"}
    with child(words, env=environ, cwd=REPOSITORY) as process:
        if wait:
            until(lambda: path.exists(), what=f"the socket {path}")
        yield Worker(path.stem, path, process)


@contextmanager
def inference_workers(folder: Path, count: int, *about: str) -> Iterator[list[Worker]]:
    """Several workers: `w1`, `w2` ..."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        yield [
            held.enter_context(inference_worker(folder / f"w{number}.sock", *about)) for number in range(1, count + 1)
        ]


def _words(prompt: str) -> dict[str, str]:
    return {key: value for key, _, value in (word.partition("=") for word in prompt.split())}


def _content(body: bytes) -> str:
    """The last message of a chat request."""
    return str(json.loads(body)["messages"][-1]["content"]) if body else ""


def _event(request: Any, index: int, last: int, text: str) -> bytes:
    """A chunk of a streamed answer, or the whole of another one in its last response."""
    asked = json.loads(request.body)
    finish = "stop" if index == last - 1 else None
    made: dict[str, Any] = {"id": "c", "created": 1, "model": asked["model"]}
    if asked.get("stream"):
        made["object"] = "chat.completion.chunk"
        made["choices"] = [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]
    elif finish:
        made["object"], made["usage"] = "chat.completion", {"prompt_tokens": 1, "completion_tokens": last}
        message = {"role": "assistant", "content": text}
        made["choices"] = [{"index": 0, "message": message, "finish_reason": finish}]
    else:
        return b""
    return json.dumps(made).encode()


class _Servicer:
    def __init__(self, about: dict[str, str]) -> None:
        self.about = about
        self.counts = {"running": 0, "cancelled": 0, "served": 0, "reloads": 0}

    async def predict(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        import grpc

        from aistack.inference.protocol import ai_service_pb2 as pb

        echoed = [(key, value) for key, value in context.invocation_metadata() if key.startswith("x-echo")]
        context.set_trailing_metadata((("worker", self.about.get("name", "")), *echoed))
        self.counts["running"] += 1
        done = False
        try:
            async for request in requests:
                asked = _words(request.prompt or _content(request.body))
                if "head" in asked:
                    await context.send_initial_metadata((("x-begun", "yes"), *echoed))
                if "wait" in asked:
                    async for _ in requests:
                        pass
                code, _, after = asked.get("fail", "").partition(":")
                text = "." * int(asked.get("bytes", "0"))
                gap = float(asked.get("gap", "0"))
                last = int(asked.get("n", "1"))
                for index in range(last):
                    if code and index == int(after or 0):
                        await context.abort(grpc.StatusCode[code], f"as asked: {code} – 模型")
                    if asked.get("die") == str(index):
                        os.kill(os.getpid(), signal.SIGKILL)
                    yield pb.StreamPredictResponse(
                        trace_id=request.metadata.trace_id,
                        chunk=text or f"{request.metadata.trace_id}:{index}",
                        index=index,
                        end_of_stream=index == last - 1,
                        tokens=1,
                        event=_event(request, index, last, text or f"{index} ") if request.task == pb.CHAT else b"",
                    )
                    if gap:
                        await asyncio.sleep(gap)
                if code and int(after or 0) >= last:
                    await context.abort(grpc.StatusCode[code], f"as asked: {code} – 模型")
            done = True
        finally:
            self.counts["running"] -= 1
            self.counts["served" if done else "cancelled"] += 1

    async def control(self, request: Any, context: Any) -> Any:
        import grpc

        if request.command == "reload":
            self.counts["reloads"] += 1
            await asyncio.sleep(float(request.payload.get("takes", "0")))
        elif request.command == "set":
            self.about.update(request.payload)
        elif request.command != "status":
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"unknown command {request.command}")
        request.payload["worker_answer"] = "done"
        return request

    async def health(self, request: Any, context: Any) -> Any:
        from aistack.inference.protocol import ai_service_pb2 as pb

        counts = {key: str(value) for key, value in self.counts.items()}
        return pb.WorkerHealthResponse(healthy=self.about.get("healthy") != "no", metrics={**self.about, **counts})


async def serve(address: str, about: dict[str, str]) -> None:
    import grpc.aio

    from aistack.inference.protocol import ai_service_pb2 as pb

    servicer = _Servicer(about)
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    methods = {
        "StreamPredict": grpc.stream_stream_rpc_method_handler(
            servicer.predict, pb.StreamPredictRequest.FromString, pb.StreamPredictResponse.SerializeToString
        ),
        "Control": grpc.unary_unary_rpc_method_handler(
            servicer.control, pb.ControlMessage.FromString, pb.ControlMessage.SerializeToString
        ),
        "Health": grpc.unary_unary_rpc_method_handler(
            servicer.health, pb.WorkerHealthRequest.FromString, pb.WorkerHealthResponse.SerializeToString
        ),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    server.add_insecure_port(address)
    await server.start()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: loop.create_task(server.stop(1)))
    await server.wait_for_termination()


if __name__ == "__main__":
    given = dict(word.split("=", 1) for word in sys.argv[2:])
    asyncio.run(serve(sys.argv[1], {"name": Path(sys.argv[1]).stem, **given}))
