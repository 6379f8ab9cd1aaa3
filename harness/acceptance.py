"""What every way of running the stack must do, over HTTP alone: used, broken, restarted under load."""

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx

from harness.processes import until

HANDBOOK = "# The lamp\n\nThe lens is polished with chamois leather every Friday.\n\n# 灯塔\n\n镜片用蒸馏水清洗。\n"
SERVICES = ["gateway", "rag", "trend", "connection", "query", "ai"]


class StackClient:
    """A client of a stack: its URL, an administrator's key (empty without identity), and the certificates to trust."""

    def __init__(self, url: str, key: str = "", trust: Path | None = None) -> None:
        self.url, self.key = url, key
        self.verify = ssl.create_default_context(cafile=trust) if trust else True
        self.http = self.new_http_client()

    def new_http_client(self) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=self.verify)

    def healthy(self, services: list[str], seconds_max: float = 60) -> None:
        """Waits until all of these are healthy."""

        deadline = time.monotonic() + seconds_max
        while True:
            try:
                answer = self.http.get("/api/health/all")
                found = {one["name"]: one["status"] for one in answer.json().get("services", ())} or answer.text
            except (httpx.HTTPError, ValueError) as error:
                found = repr(error)
            if isinstance(found, dict) and all(found.get(name) == "healthy" for name in services):
                return
            assert time.monotonic() < deadline, f"not healthy after {seconds_max} s: {found}"
            time.sleep(0.2)

    def post(self, path: str, body: dict, status: int = 200) -> dict:
        answer = self.http.post(path, json=body)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


def exercise(client: StackClient, services: list[str], shop: dict | None) -> None:
    """The end-to-end suite: documents asked, a database asked in SQL and in words, a key made and revoked."""
    client.healthy(services)
    page = client.http.get("/")
    assert page.status_code == 200 and "text/html" in page.headers["content-type"]
    assert client.http.get("/nothing/here").status_code == 404
    if client.key:
        assert httpx.get(f"{client.url}/v1/rag/collections", verify=client.verify).status_code == 401
    if "rag" in services:
        _ask_documents(client)
    if shop is not None:
        _ask_database(client, shop)
    if client.key:
        made = client.post("/gateway/keys", {"name": "visitor", "services": ["rag"]}, 201)
        mine = {"authorization": f"Bearer {made['key']}"}
        until(lambda: client.http.get("/v1/rag/collections", headers=mine).status_code == 200, 10, "the new key")
        assert client.http.get("/api/connections", headers=mine).status_code == 403
        assert client.http.delete(f"/gateway/keys/{made['id']}").status_code == 200
        until(lambda: client.http.get("/v1/rag/collections", headers=mine).status_code == 401, 10, "the key's end")


def _ask_documents(client: StackClient) -> None:
    files = [("files", ("lamp.md", HANDBOOK.encode()))]
    answer = client.http.post("/v1/rag/collections/default/documents", files=files)
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]
    until(lambda: client.http.get(f"/v1/rag/jobs/{job}").json()["state"] == "done", 60, "the document")
    for question, word in (("What is the lens polished with?", "chamois"), ("镜片用什么清洗？", "蒸馏水")):
        found = until(
            lambda asked=question: (
                (one := client.post("/v1/rag/answer", {"question": asked}))["mode"] == "extractive" and one
            ),
            30,
            f"an answer to {question}",
        )
        assert word in found["answer"]
        assert found["citations"][0]["name"] == "lamp.md"


def _ask_database(client: StackClient, shop: dict) -> None:
    answer = client.http.post("/api/connections", json={"name": "shop"} | shop)
    assert answer.status_code in (201, 409), answer.text
    rows = client.post("/api/query", {"connection_id": "shop", "sql": "SELECT count(*) AS n FROM orders"})
    assert rows["rows"] == [[5]], rows
    found = client.post("/api/ai/query", {"connection_id": "shop", "question": "How many orders are paid?"})
    assert found["result"]["rows"] == [[2]], found
    assert client.http.post("/api/query", json={"connection_id": "shop", "sql": "DROP TABLE orders"}).status_code >= 400
    assert client.http.delete("/api/connections/shop").status_code in (200, 204)


class Load:
    """Requests without a pause from several clients; each that is not answered well is kept."""

    def __init__(self, client: StackClient, paths: list[str], clients: int = 4, pause: float = 0.01) -> None:
        self.answered: Counter[str] = Counter()
        self.lost: list[str] = []
        self._client, self._paths, self._pause = client, paths, pause
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(clients)]

    def _run(self, number: int) -> None:
        turn = number
        with self._client.new_http_client() as http:
            while not self._ending.is_set():
                path = self._paths[turn % len(self._paths)]
                turn += 1
                try:
                    if path.endswith("search"):
                        answer = http.post(path, json={"query": "lens", "top_k": 3})
                    else:
                        answer = http.get(path)
                except httpx.HTTPError as error:
                    self.lost.append(f"{path}: {error!r}")
                    continue
                if answer.is_success:
                    self.answered[path] += 1
                else:
                    self.lost.append(f"{path}: {answer.status_code} {answer.text[:200]}")
                time.sleep(self._pause)

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.5)
        self._ending.set()
        for thread in self._threads:
            thread.join()


PATHS = ["/v1/rag/search", "/v1/rag/collections", "/api/connections", "/api/query/history", "/api/ai/questions"]


def restart_one_by_one(
    client: StackClient, restarts: list[Callable[[], None]], paths: list[str] = PATHS, pause: float = 0.01
) -> None:
    """Every restart in turn while requests keep coming: none is lost."""
    with Load(client, paths, pause=pause) as load:
        for restart in restarts:
            restart()
    assert not load.lost, load.lost[:5]
    assert set(load.answered) == set(paths)
    assert sum(load.answered.values()) > 50


def break_and_recover(client: StackClient, services: list[str], kill: Callable[[str], None]) -> None:
    """Each service is killed in turn, comes back, and what was stored is still there."""
    for name in services:
        kill(name)
        client.healthy(services)
    found = client.post("/v1/rag/search", {"query": "chamois", "top_k": 3})
    assert found["hits"], found


def ask_model(client: StackClient, model: str) -> str:
    """What a model says through the gateway, once its worker is there."""
    body = {"model": model, "messages": [{"role": "user", "content": "Name a colour."}], "max_tokens": 4}
    answer = until(
        lambda: (
            (one := client.http.post("/v1/chat/completions", json=body, timeout=60)).status_code == 200 and one.json()
        ),
        60,
        f"an answer of {model}",
    )
    return answer["choices"][0]["message"]["content"]
