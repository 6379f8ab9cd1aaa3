"""The gateway as processes: workers, rolling restarts, reloads, TLS, sockets — under load where that matters."""

import asyncio
import os
import re
import signal
import ssl
from collections import Counter
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from harness.certificates import write_certificate
from harness.processes import free_port
from harness.services.gateway import BEHIND_PROXY, FROM_AFAR, Gateway, answering, plain, read_head, worker_pids


class Load:
    """Clients that ask again and again, and count what they get."""

    def __init__(self, url: str, clients: int = 8, **options: object) -> None:
        self.seen: Counter[object] = Counter()
        self._url, self._clients, self._options = url, clients, options
        self._going = True

    async def __aenter__(self) -> "Load":
        self._tasks = [asyncio.create_task(self._ask()) for _ in range(self._clients)]
        await asyncio.sleep(0.2)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.2)
        self._going = False
        await asyncio.gather(*self._tasks)

    async def _ask(self) -> None:
        async with httpx.AsyncClient(timeout=30, **self._options) as client:
            while self._going:
                try:
                    self.seen[(await client.get(self._url)).status_code] += 1
                except httpx.HTTPError as error:
                    self.seen[type(error).__name__] += 1


class HeldUp:
    """An instance that lets requests wait until it is told to `go`."""

    def __init__(self) -> None:
        self.waiting, self.go = 0, asyncio.Event()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        self.waiting += 1
        await self.go.wait()
        writer.write(plain(b"ok"))
        await writer.drain()


async def until(condition, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


class TestWorkers:
    @pytest.fixture
    def gateway_toml(self) -> str:
        return "workers = 2\n" + BEHIND_PROXY + "rate_limits = ['/limited 1/m burst 6']\n"

    async def test_a_service_registered_once_is_routed_by_all(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        for _ in range(20):
            async with httpx.AsyncClient() as fresh:
                assert (await fresh.get(f"{gateway.url}/shop")).text == "ok"

    async def test_a_caller_has_one_bucket_over_all_workers(self, gateway: Gateway):
        await gateway.instance("limited", answering(plain(b"ok")))
        seen: Counter[int] = Counter()
        for _ in range(12):
            async with httpx.AsyncClient() as fresh:
                seen[(await fresh.get(f"{gateway.url}/limited", headers=FROM_AFAR)).status_code] += 1
        assert seen == {200: 6, 429: 6}

    async def test_a_service_has_one_limit_of_requests_in_flight_over_all_workers(self, gateway: Gateway):
        gateway.toml += "max_concurrent_requests = 4\n"
        await gateway.reload()
        held_up = HeldUp()
        await gateway.instance("shop", held_up.answer)

        async def ask() -> int:
            async with httpx.AsyncClient(timeout=30) as fresh:
                return (await fresh.get(f"{gateway.url}/shop")).status_code

        held = [asyncio.create_task(ask()) for _ in range(4)]
        await until(lambda: held_up.waiting == 4)
        assert [await ask() for _ in range(8)] == [503] * 8
        held_up.go.set()
        assert [await one for one in held] == [200] * 4
        assert await ask() == 200

    async def test_a_worker_that_dies_takes_its_requests_out_of_the_count(self, gateway: Gateway):
        gateway.toml += "max_concurrent_requests = 2\n"
        await gateway.reload()
        held_up = HeldUp()
        await gateway.instance("shop", held_up.answer)
        held = [asyncio.create_task(httpx.AsyncClient(timeout=30).get(f"{gateway.url}/shop")) for _ in range(2)]
        await until(lambda: held_up.waiting == 2)
        before = set(worker_pids())
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        await asyncio.wait(held)
        await until(lambda: len(set(worker_pids()) - before) == 2)
        held_up.go.set()
        seen = [(await httpx.AsyncClient(timeout=30).get(f"{gateway.url}/shop")).status_code for _ in range(4)]
        assert seen == [200] * 4

    async def test_a_worker_that_is_killed_is_followed_by_another(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        before = worker_pids()
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        await until(lambda: len(set(worker_pids()) - set(before)) == 1)
        for _ in range(10):
            async with httpx.AsyncClient(timeout=30) as fresh:
                assert (await fresh.get(f"{gateway.url}/shop")).text == "ok"

    async def test_replacing_all_workers_under_load_loses_no_request(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        before = set(worker_pids())
        async with Load(f"{gateway.url}/shop") as load:
            await gateway.reload()
        assert not before & set(worker_pids())
        assert set(load.seen) == {200}
        assert load.seen[200] > 50

    async def test_metrics_are_the_sum_of_all_workers(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        for _ in range(20):
            async with httpx.AsyncClient() as fresh:
                await fresh.get(f"{gateway.url}/shop")
        await asyncio.sleep(0.7)
        text = (await gateway.client.get("/metrics")).text
        assert 'aistack_requests_total{method="GET",route="/shop",service="shop",status="200"} 20.0' in text
        await gateway.reload()
        text = (await gateway.client.get("/metrics")).text
        assert 'aistack_requests_total{method="GET",route="/shop",service="shop",status="200"} 20.0' in text

    async def test_they_end_when_the_gateway_does(self, gateway: Gateway):
        assert worker_pids()
        await gateway.stop()
        assert not worker_pids()


class TestReload:
    async def test_settings_and_static_services_change_without_losing_a_request(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        port = await gateway.serve(answering(plain(b"static")))
        async with Load(f"{gateway.url}/shop") as load:
            fixed = f"[upstreams.fixed]\nurls = ['http://127.0.0.1:{port}']\nroutes = ['/fixed']\n"
            gateway.toml = "max_concurrent_requests = 70\n" + fixed
            await gateway.reload()
            assert (await gateway.client.get("/fixed")).text == "static"
            gateway.toml = "rate_limits = ['/other 1/m burst 1']\n"
            await gateway.reload()
            assert (await gateway.client.get("/fixed")).status_code == 404
        assert set(load.seen) == {200}

    async def test_what_was_changed_is_what_is_in_force(self, gateway: Gateway):
        await gateway.instance("sick", answering(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"))
        gateway.toml = "breaker_requests_min = 2\nhealth_interval_seconds = 0.1\nmax_concurrent_requests = 7\n"
        await gateway.reload()
        limits = (await gateway.client.get("/gateway/limits")).json()
        assert limits["requests_in_flight_per_service_max"] == 7
        answers = [await gateway.client.get("/sick") for _ in range(5)]
        assert "retry-after" in answers[-1].headers  # the circuit is open after two

        async def is_down() -> bool:
            seen = (await gateway.client.get("/registry/services/sick")).json()["instances"][0]
            return seen["state"] == "down"

        async with asyncio.timeout(30):
            while not await is_down():
                await asyncio.sleep(0.05)

    async def test_a_rate_limit_that_is_added_holds_from_then_on(self, gateway: Gateway):
        await gateway.instance("shop", answering(plain(b"ok")))
        gateway.client.headers.update(FROM_AFAR)
        assert [(await gateway.client.get("/shop")).status_code for _ in range(3)] == [200] * 3
        gateway.toml = BEHIND_PROXY + "rate_limits = ['/shop 1/m burst 1']\n"
        await gateway.reload()
        async with httpx.AsyncClient(headers=FROM_AFAR) as fresh:
            assert [(await fresh.get(f"{gateway.url}/shop")).status_code for _ in range(2)] == [200, 429]


class TestTls:
    @pytest.fixture
    def tls_port(self) -> int:
        return free_port()

    @pytest.fixture
    def gateway_toml(self, tmp_path: Path, tls_port: int) -> str:
        write_certificate(tmp_path, "first")
        return (
            f"tls_listen = ['127.0.0.1:{tls_port}']\ntls_cert_file = '{tmp_path}/cert.pem'\n"
            f"tls_key_file = '{tmp_path}/key.pem'\nhead_timeout_seconds = 1\n"
        )

    def shown_name(self, port: int) -> str:
        pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=5)
        return str(x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string())

    async def test_it_says_so_to_the_service_and_to_the_browser(self, gateway: Gateway, tls_port: int, tmp_path: Path):
        from harness.services.gateway import echo

        await gateway.instance("echo", echo)
        trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        async with httpx.AsyncClient(verify=trust) as client:
            answer = await client.get(f"https://localhost:{tls_port}/echo")
        assert "x-forwarded-proto: https" in answer.text
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert "strict-transport-security" not in (await gateway.client.get("/health")).headers

    async def test_a_certificate_that_is_replaced_is_shown_without_a_restart(
        self, gateway: Gateway, tls_port: int, tmp_path: Path
    ):
        assert await asyncio.to_thread(self.shown_name, tls_port) == "CN=first"
        (tmp_path / "cert.pem").write_text("half of a certificate")
        await asyncio.sleep(1.2)
        assert await asyncio.to_thread(self.shown_name, tls_port) == "CN=first"
        write_certificate(tmp_path, "second")
        async with asyncio.timeout(30):
            while await asyncio.to_thread(self.shown_name, tls_port) != "CN=second":
                await asyncio.sleep(0.1)

    async def test_a_certificate_of_another_key_type_takes_its_place_also_for_clients_that_take_both(
        self, gateway: Gateway, tls_port: int, tmp_path: Path
    ):
        async def shown_key() -> str:
            pem = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", tls_port), timeout=5)
            return type(x509.load_pem_x509_certificate(pem.encode()).public_key()).__name__

        for kind, name in (("rsa", "RSAPublicKey"), ("ec", "ECPublicKey"), ("rsa", "RSAPublicKey")):
            write_certificate(tmp_path, kind, key_type=kind)
            async with asyncio.timeout(60):
                while await shown_key() != name:
                    await asyncio.sleep(0.1)
        ends = x509.load_pem_x509_certificate((tmp_path / "cert.pem").read_bytes()).not_valid_after_utc.timestamp()
        text = (await gateway.client.get("/metrics")).text
        shown = re.search(r"^aistack_tls_certificate_expiry_timestamp_seconds (\S+)$", text, re.MULTILINE)
        assert shown
        assert float(shown[1]) == ends

    @pytest.mark.parametrize(
        "cipher", ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA", "AES128-GCM-SHA256", "AES128-SHA"]
    )
    async def test_ciphers_without_forward_secrecy_or_authenticated_encryption_are_refused(
        self, gateway: Gateway, tls_port: int, tmp_path: Path, cipher: str
    ):
        write_certificate(tmp_path, "first", key_type="ec" if "ECDSA" in cipher else "rsa")
        await asyncio.sleep(1.2)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        old.set_ciphers(f"{cipher}:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", tls_port, ssl=old)

    async def test_old_versions_and_plain_text_are_refused(self, gateway: Gateway, tls_port: int):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", tls_port, ssl=old)
        reader, writer = await asyncio.open_connection("127.0.0.1", tls_port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(30):
            assert not (await reader.read()).startswith(b"HTTP")
        writer.close()

    async def test_a_handshake_that_does_not_end_is_cut_off(self, gateway: Gateway, tls_port: int):
        reader, writer = await asyncio.open_connection("127.0.0.1", tls_port)
        writer.write(b"\x16\x03\x01")
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()


class TestListening:
    @pytest.fixture
    def second(self) -> int:
        return free_port()

    @pytest.fixture
    def gateway_toml(self, tmp_path: Path, second: int) -> str:
        return f"listen = ['127.0.0.1', '127.0.0.1:{second}', 'unix:{tmp_path}/gateway.sock']\n"

    async def test_several_addresses_answer_also_a_unix_socket(self, gateway: Gateway, second: int, tmp_path: Path):
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{second}/health")).status_code == 200
        transport = httpx.AsyncHTTPTransport(uds=str(tmp_path / "gateway.sock"))
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get("http://localhost/health")).status_code == 200
