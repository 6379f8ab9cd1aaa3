"""A gateway under load, with upstreams in processes of their own that are broken meanwhile."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from harness.processes import free_port
from harness.services.gateway import Gateway


class UpstreamProcess:
    """One process. `behaviour` is a word that says how it behaves from now on."""

    def __init__(self, folder: Path, service: str, name: str) -> None:
        self.service, self.name, self.port = service, name, free_port()
        self._behaviour_file = folder / f"{service}-{name}.behaviour"
        self.behaviour("good")
        self.start()

    def start(self) -> None:
        words = [sys.executable, "-m", "harness.servers.upstream_process", str(self.port), self.name]
        self.process = subprocess.Popen(words, env=os.environ | {"UPSTREAM_BEHAVIOUR_FILE": str(self._behaviour_file)})

    def behaviour(self, word: str) -> None:
        fresh = self._behaviour_file.with_suffix(".new")
        fresh.write_text(word)
        fresh.replace(self._behaviour_file)

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.process.kill()
        self.process.wait()


class Traffic:
    """Clients that ask for one service, each answer held against what was asked."""

    def __init__(self, url: str, method: str = "GET", clients: int = 6) -> None:
        self.url, self.method, self.clients = url, method, clients
        self.seen: Counter[object] = Counter()
        self.wrong: list[str] = []
        self.refused: list[str] = []
        self.seconds: list[float] = []
        self.going = True

    async def run(self, number: int) -> None:
        async with httpx.AsyncClient(timeout=15) as client:
            turn = 0
            while self.going:
                turn += 1
                mark = f"{number}-{turn}"
                begun = time.monotonic()
                try:
                    body = mark.encode() if self.method == "PUT" else None
                    answer = await client.request(self.method, f"{self.url}/x?n={mark}", content=body)
                except httpx.HTTPError as error:
                    self.seen[type(error).__name__] += 1
                    continue
                self.seconds.append(time.monotonic() - begun)
                self.seen[answer.status_code] += 1
                if answer.status_code != 200:
                    self.refused.append(answer.text[:300])
                if answer.status_code == 200 and not self._is_right(answer.text, mark):
                    self.wrong.append(f"{mark}: {answer.text[:80]}")

    def _is_right(self, text: str, mark: str) -> bool:
        echoed = mark if self.method == "PUT" else ""
        return text.split(" ", 1)[1] == f"{self.path}/x?n={mark} {echoed}" + "." * 2000

    @property
    def path(self) -> str:
        return "/" + self.url.rpartition("/")[2]

    def share_within(self, seconds: float) -> float:
        return sum(one <= seconds for one in self.seconds) / max(1, len(self.seconds))


class Chaos:
    """The scene: a gateway, services with instances, traffic."""

    def __init__(self, held: Gateway, folder: Path) -> None:
        self.gateway, self.folder = held, folder
        self.instances: list[UpstreamProcess] = []

    async def service(self, name: str, count: int = 3) -> list[UpstreamProcess]:
        made = [UpstreamProcess(self.folder, name, f"{name}{number}") for number in range(count)]
        self.instances += made
        for one in made:
            await self.reachable(one)
            lease = {"url": f"http://127.0.0.1:{one.port}", "routes": [f"/{name}"], "ttl_seconds": 60}
            path = f"/registry/services/{name}/instances/{one.name}"
            assert (await self.gateway.client.put(path, json=lease)).status_code == 201
        return made

    async def reachable(self, one: UpstreamProcess) -> None:
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", one.port)
                    writer.close()
                    return
                except OSError:
                    await asyncio.sleep(0.02)

    async def under(self, traffic: list[Traffic], breaking) -> None:
        """Runs the traffic before, while and after `breaking` runs."""
        tasks = [asyncio.create_task(one.run(n)) for one in traffic for n in range(one.clients)]
        await asyncio.sleep(0.5)
        await breaking()
        await asyncio.sleep(0.5)
        for one in traffic:
            one.going = False
        await asyncio.gather(*tasks)


@pytest.fixture
async def chaos(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Chaos]:
    scene = Chaos(gateway, tmp_path)
    yield scene
    for one in scene.instances:
        one.stop()
