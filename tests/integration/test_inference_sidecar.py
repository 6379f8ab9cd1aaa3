"""The sidecar in use: workers that come, die, reload and are many; its queue, health, metrics, sockets and stop."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import grpc
import grpc.aio
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from aistack.inference.client import ControlMessage, InferenceClient, RpcError, Status
from aistack.inference.protocol import ai_service_pb2 as pb
from harness.processes import REPOSITORY, until
from harness.services.inference_worker import inference_worker, inference_workers
from harness.services.sidecar import sidecar

SECONDS = 60.0


def request(prompt: str, tenant: str = "", **fields: object) -> bytes:
    return pb.StreamPredictRequest(
        prompt=prompt, metadata=pb.StreamMetadata(tenant=tenant), **fields
    ).SerializeToString()


async def predict(client: InferenceClient, prompt: str, tenant: str = "", **fields: object) -> int:
    """The number of responses. Raises RpcError."""
    return len([one async for one in client.stream_predict(request(prompt, tenant, **fields), SECONDS)])


async def failure(client: InferenceClient, prompt: str, **fields: object) -> RpcError:
    with pytest.raises(RpcError) as failed:
        await predict(client, prompt, **fields)
    return failed.value


async def until_async(check: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not check():
            await asyncio.sleep(0.02)


async def test_it_starts_before_its_worker_says_so_and_finds_it_when_it_comes(tmp_path: Path):
    path = tmp_path / "w.sock"
    with sidecar(tmp_path, f"unix://{path}", ready=False) as running:
        client = InferenceClient(running.address)
        assert f"unix://{path}" in running.output
        assert "SIDECAR_WORKER_UDS" in running.output
        error = await failure(client, "n=1")
        assert error.status is Status.UNAVAILABLE
        assert f"aistack worker --serve --uds-path {path}" in error.message
        assert httpx.get(f"{running.metrics_url}/health").status_code == 503
        assert httpx.get(f"{running.metrics_url}/health/live").status_code == 200
        assert not (await client.health()).healthy
        with inference_worker(path):
            until(lambda: running.metric("sidecar_worker_connection_status") == 1)
            assert await predict(client, "n=3") == 3
            assert httpx.get(f"{running.metrics_url}/health").json()["workers"] == {"w": "connected"}
        await client.close()


async def test_a_worker_that_dies_during_an_answer_is_named_with_the_chunks_that_went_out(tmp_path: Path):
    with inference_worker(tmp_path / "w.sock") as worker, sidecar(tmp_path, worker.address) as running:
        client = InferenceClient(running.address)
        messages = client.stream_predict(request("n=9 die=4"), SECONDS)
        assert len([await anext(messages) for _ in range(4)]) == 4
        with pytest.raises(RpcError) as failed:
            await anext(messages)
        assert failed.value.status is Status.UNAVAILABLE
        assert "worker w died after 4 chunks were sent" in failed.value.message
        with inference_worker(tmp_path / "w.sock"):  # its socket is stale, and replaced
            until(lambda: running.metric("sidecar_worker_connection_status") == 1)
            assert await predict(client, "n=2") == 2
        await client.close()


async def test_before_the_first_chunk_another_worker_takes_over(tmp_path: Path):
    with inference_workers(tmp_path, 3) as workers, sidecar(tmp_path, *(one.address for one in workers)) as running:
        client = InferenceClient(running.address)
        error = await failure(client, "n=1 die=0")  # kills one worker after the other, three at most
        assert error.status is Status.UNAVAILABLE
        assert running.metric("sidecar_retries_total") == 2
        await client.close()
    with (
        inference_workers(tmp_path / "more", 2) as workers,
        sidecar(tmp_path / "more", *(one.address for one in workers)) as running,
    ):
        client = InferenceClient(running.address)
        doomed = client.stream_predict(request("wait n=1", worker_hint="w1"), SECONDS)
        waiting = asyncio.ensure_future(anext(doomed))
        await asyncio.sleep(0.1)
        workers[0].kill()
        assert pb.StreamPredictResponse.FromString(await waiting).end_of_stream
        await doomed.aclose()
        assert await predict(client, f"n=1 {'x' * 500_000}") == 1
        await client.close()


async def test_a_worker_that_answers_unavailable_is_passed_over_when_there_is_another(tmp_path: Path):
    with inference_workers(tmp_path, 2) as workers, sidecar(tmp_path, *(one.address for one in workers)) as running:
        client = InferenceClient(running.address)
        error = await failure(client, "n=1 fail=UNAVAILABLE")
        assert error.message.startswith("as asked")
        assert running.metric("sidecar_retries_total") == 1
        await client.close()


async def test_calls_go_to_the_hinted_worker_to_the_one_with_the_model_and_to_the_least_loaded(tmp_path: Path):
    with (
        inference_worker(tmp_path / "a.sock", "models=m,n", "adapters=l") as a,
        inference_worker(tmp_path / "b.sock", "models=n") as b,
        sidecar(tmp_path, a.address, b.address) as running,
    ):
        until(
            lambda: httpx.get(f"{running.metrics_url}/health").json()["workers"] == {"a": "connected", "b": "connected"}
        )
        async with grpc.aio.insecure_channel(running.address) as channel:

            async def served_by(prompt: str = "n=1", **fields: object) -> str:
                call = channel.stream_stream("/cy.llm.AiInference/StreamPredict")(
                    iter([request(prompt, **fields)]), timeout=SECONDS
                )
                async for _ in call:
                    pass
                return dict(await call.trailing_metadata())["worker"]

            assert [await served_by(worker_hint=name) for name in "aba"] == ["a", "b", "a"]
            assert {await served_by(model_id="m") for _ in range(4)} == {"a"}
            assert {await served_by(model_id="n", adapter="l") for _ in range(4)} == {"a"}
            long = asyncio.create_task(served_by("n=5 gap=0.2", worker_hint="a"))
            await asyncio.sleep(0.1)
            assert {await served_by(model_id="n") for _ in range(3)} == {"b"}
            await long
            first = await served_by("n=1 " + "s" * 2000, prefix_sticky=True, model_id="n")
            assert {await served_by("n=1 " + "s" * 2000, prefix_sticky=True, model_id="n") for _ in range(4)} == {first}


async def test_more_calls_than_places_wait_and_more_than_that_are_refused(tmp_path: Path):
    with (
        inference_worker(tmp_path / "w.sock") as worker,
        sidecar(tmp_path, worker.address, calls_per_worker=2, waiting_max=3) as running,
    ):
        client = InferenceClient(running.address)
        calls = [asyncio.create_task(predict(client, "n=3 gap=0.2")) for _ in range(9)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        refused = [one for one in results if isinstance(one, RpcError)]
        assert results.count(3) == 5
        assert {one.status for one in refused} == {Status.RESOURCE_EXHAUSTED}
        assert "the queue is full: 3 calls wait" in refused[0].message
        await client.close()


async def test_a_call_that_waits_can_be_cancelled_and_has_its_deadline(tmp_path: Path):
    with (
        inference_worker(tmp_path / "w.sock") as worker,
        sidecar(tmp_path, worker.address, calls_per_worker=1) as running,
    ):
        client = InferenceClient(running.address)
        async with aclosing(client.stream_predict(request("n=1000 gap=0.05"), SECONDS)) as holder:
            await anext(holder)
            late = client.stream_predict(request("n=1"), 0.2)
            with pytest.raises(RpcError) as failed:
                await anext(late)
            assert failed.value.status is Status.DEADLINE_EXCEEDED
            leaves = asyncio.create_task(predict(client, "n=1"))
            await until_async(lambda: running.metric("sidecar_queue_depth") == 1)
            leaves.cancel()
            await until_async(lambda: running.metric("sidecar_queue_depth") == 0)
        assert await predict(client, "n=1") == 1
        await client.close()


async def test_reload_lets_calls_end_holds_new_ones_and_goes_on(tmp_path: Path):
    with inference_worker(tmp_path / "w.sock") as worker, sidecar(tmp_path, worker.address) as running:
        client = InferenceClient(running.address)
        before = asyncio.create_task(predict(client, "n=5 gap=0.1"))
        await asyncio.sleep(0.1)
        reloading = asyncio.create_task(client.control(ControlMessage("reload", {"takes": "0.3"})))
        await until_async(lambda: running.metric("sidecar_worker_connection_status") == 2)
        after = asyncio.create_task(predict(client, "n=2"))
        answer = await reloading
        assert answer.payload["worker_answer"] == "done"
        assert (await before, await after) == (5, 2)
        assert running.metric("sidecar_worker_connection_status") == 1
        assert (await client.health()).metrics["reloads"] == "1"
        holder = client.stream_predict(request("n=1000 gap=0.05"), SECONDS)
        await anext(holder)
        with pytest.raises(RpcError) as failed:
            await client.control(ControlMessage("reload", {"seconds": "0.1"}))
        assert failed.value.status is Status.FAILED_PRECONDITION
        assert "1 calls in progress" in failed.value.message
        assert await predict(client, "n=1") == 1
        await holder.aclose()
        await client.close()


async def test_drain_resume_and_status(tmp_path: Path):
    with inference_workers(tmp_path, 2) as workers, sidecar(tmp_path, *(one.address for one in workers)) as running:
        client = InferenceClient(running.address)
        assert (await client.control(ControlMessage("drain", {"worker": "w1"}))).payload["calls"] == "0"
        status = (await client.control(ControlMessage("status"))).payload
        assert (status["worker.w1.state"], status["worker.w2.state"]) == ("drained", "connected")
        assert status["worker.w2.worker_answer"] == "done"
        assert await predict(client, "n=1", worker_hint="w1") == 1  # w2 does it
        await client.control(ControlMessage("drain"))
        error = await failure(client, "n=1")
        assert "send the command `resume`" in error.message
        await client.control(ControlMessage("resume"))
        assert await predict(client, "n=1") == 1
        with pytest.raises(RpcError) as failed:
            await client.control(ControlMessage("drain", {"worker": "w9"}))
        assert failed.value.status is Status.NOT_FOUND
        health = await client.health()
        assert health.metrics["worker.w2.state"] == "connected"
        await client.close()


async def test_an_unhealthy_worker_gets_no_calls(tmp_path: Path):
    with (
        inference_worker(tmp_path / "w.sock") as worker,
        sidecar(tmp_path, worker.address, check_interval_secs=0.1) as running,
    ):
        client = InferenceClient(running.address)
        await client.control(ControlMessage("set", {"healthy": "no"}))
        await until_async(lambda: running.metric("sidecar_worker_connection_status") == 0)
        assert "it says that it is not healthy" in (await failure(client, "n=1")).message
        direct = InferenceClient(worker.address)
        await direct.control(ControlMessage("set", {"healthy": "yes"}))
        await until_async(lambda: running.metric("sidecar_worker_connection_status") == 1)
        assert await predict(client, "n=1") == 1
        await client.close()
        await direct.close()


async def test_standard_health_checks_and_reflection_work(tmp_path: Path):
    with (
        sidecar(tmp_path, f"unix:{tmp_path}/w.sock", ready=False) as running,
        grpc.insecure_channel(running.address) as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        ask = health_pb2.HealthCheckRequest
        assert health.Check(ask(), timeout=SECONDS).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.RpcError) as failed:
            health.Check(ask(service="other"), timeout=SECONDS)
        assert failed.value.code() is grpc.StatusCode.NOT_FOUND
        watched = health.Watch(ask(service="cy.llm.AiInference"), timeout=SECONDS)
        assert next(watched).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with inference_worker(tmp_path / "w.sock"):
            assert next(watched).status == health_pb2.HealthCheckResponse.SERVING
        assert next(watched).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watched.cancel()
        database = ProtoReflectionDescriptorDatabase(channel)
        assert set(database.get_services()) == {"cy.llm.AiInference", "grpc.health.v1.Health"}
        file = database.FindFileContainingSymbol("cy.llm.AiInference")
        assert [one.name for one in file.service[0].method] == ["StreamPredict", "Control", "Health"]
        with pytest.raises(KeyError):
            database.FindFileByName("nothing.proto")


async def test_metrics_have_the_names_that_dashboards_know(tmp_path: Path):
    with inference_worker(tmp_path / "w.sock") as worker, sidecar(tmp_path, worker.address) as running:
        client = InferenceClient(running.address)
        assert await predict(client, "n=5") == 5
        await failure(client, "n=1 fail=NOT_FOUND")
        text = httpx.get(f"{running.metrics_url}/metrics").text
        for line in (
            "sidecar_requests_total 2.0",
            "sidecar_requests_success_total 1.0",
            "sidecar_tokens_processed_total 5.0",
            "sidecar_worker_connection_status 1.0",
            'sidecar_request_duration_seconds_bucket{le="+Inf"} 2.0',
            "sidecar_time_to_first_token_seconds_count 1.0",
            "sidecar_time_between_tokens_seconds_count 4.0",
            "sidecar_queue_depth 0.0",
            'sidecar_requests_by_status_total{status="NOT_FOUND"} 1.0',
        ):
            assert line in text
        assert httpx.get(f"{running.metrics_url}/elsewhere").status_code == 404
        assert httpx.post(f"{running.metrics_url}/metrics").status_code == 405
        await client.close()


async def test_its_own_socket_is_private_and_a_stale_one_is_replaced(tmp_path: Path):
    path = tmp_path / "run" / "sidecar.sock"
    with inference_worker(tmp_path / "w.sock") as worker:
        with sidecar(tmp_path, worker.address, bind_addr=f"unix://{path}") as running:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            client = InferenceClient(f"unix:{path}")
            assert await predict(client, "n=1") == 1
            await client.close()
            assert "another process listens" in refused_start(tmp_path, SIDECAR_BIND_ADDR=f"unix://{path}")
            running.process.kill()
            running.process.wait()
        assert path.exists()
        with sidecar(tmp_path, worker.address, bind_addr=f"unix://{path}"):
            client = InferenceClient(f"unix:{path}")
            assert await predict(client, "n=1") == 1
            await client.close()
        assert not path.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="needs a second user")
async def test_other_users_are_refused_on_both_sides(tmp_path: Path):
    path = tmp_path / "run" / "sidecar.sock"
    with inference_worker(tmp_path / "w.sock") as worker:
        with sidecar(tmp_path, worker.address, bind_addr=f"unix://{path}", peer_uids="12345", ready=False) as running:
            await until_async(lambda: "the peer (pid" in running.log)  # the worker runs as somebody else
            client = InferenceClient(f"unix:{path}")
            with pytest.raises(RpcError):
                await client.health()
            await client.close()
        os.chmod(tmp_path, 0o777)
        with sidecar(tmp_path, worker.address, ready=False) as running:
            await until_async(lambda: "others may write to" in running.log)


def refused_start(folder: Path, **environ: str) -> str:
    """What a sidecar says that does not start."""
    words = [sys.executable, "-m", "aistack.cli", "sidecar"]
    given = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), **environ}
    done = subprocess.run(words, env=given, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 1
    return done.stderr


def test_what_is_wrong_with_the_settings_is_said_in_one_line(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused_start(tmp_path, SIDECAR_BIND_ADDR=f"127.0.0.1:{port}")
        assert said.startswith(f"aistack: port {port} on 127.0.0.1 is in use by")
        said = refused_start(tmp_path, SIDECAR_BIND_ADDR="127.0.0.1:1", SIDECAR_METRICS_PORT="x")
        assert said == "aistack: SIDECAR_METRICS_PORT = 'x' is not allowed; give a number\n"


async def test_a_stop_lets_calls_end_refuses_new_ones_and_leaves_nothing(tmp_path: Path):
    with inference_worker(tmp_path / "w.sock") as worker, sidecar(tmp_path, worker.address) as running:
        client = InferenceClient(running.address)
        calls = [asyncio.create_task(predict(client, "n=5 gap=0.1")) for _ in range(5)]
        await until_async(lambda: running.metric("sidecar_chunks_total") >= 5)
        running.process.send_signal(signal.SIGTERM)
        assert await asyncio.gather(*calls) == [5] * 5
        await asyncio.to_thread(running.process.wait, SECONDS)
        assert running.process.returncode == 0
        assert '"aistack.cut_off": 0' in running.log
        with pytest.raises(RpcError) as failed:
            await predict(client, "n=1")
        assert failed.value.status is Status.UNAVAILABLE
        await client.close()


async def test_calls_that_take_longer_than_the_drain_are_cut_off(tmp_path: Path):
    with (
        inference_worker(tmp_path / "w.sock") as worker,
        sidecar(tmp_path, worker.address, drain_secs=0.3) as running,
    ):
        client = InferenceClient(running.address)
        call = asyncio.create_task(failure(client, "n=100000 gap=0.05"))
        await until_async(lambda: running.metric("sidecar_chunks_total") >= 1)
        running.process.send_signal(signal.SIGTERM)
        assert (await call).status is Status.UNAVAILABLE
        await client.close()


async def test_it_does_not_load_the_grpc_library_nor_much_else(tmp_path: Path):
    with inference_worker(tmp_path / "w.sock") as worker, sidecar(tmp_path, worker.address) as running:
        maps = Path(f"/proc/{running.process.pid}/maps").read_text()
        assert "grpc" not in maps
        assert "google" not in maps
        assert running.memory_mib() <= 50
