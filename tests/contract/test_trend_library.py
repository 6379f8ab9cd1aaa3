"""Documents of the rag service as a source of trends, with the rights of the source's owner."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy import update

from aistack.chassis.identity import ON_BEHALF_HEADER, PRINCIPAL_HEADER, Principal, sign, verify
from aistack.trend.tables import Source
from harness.services.rag import SECRET, Rag, rag_service
from harness.services.trend import Trend, trend_service
from harness.waiting import until_async

ADA = Principal("user:aaaaaaaaaaaa", "user")


class Vouched(httpx.Auth):
    """Signs requests to the trend service as the gateway does."""

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        request.headers[PRINCIPAL_HEADER] = sign(ADA, SECRET, time.time() + 60, "trend")
        yield request


class OnBehalf(httpx.Auth):
    """What the gateway does with a service's call on somebody's behalf."""

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        who = verify(request.headers.pop(ON_BEHALF_HEADER), SECRET, time.time(), "rag", "trend")
        request.headers[PRINCIPAL_HEADER] = sign(who, SECRET, time.time() + 60, "rag")
        yield request


@asynccontextmanager
async def services(folder: Path) -> AsyncIterator[tuple[Trend, Rag]]:
    """Both with identity on, called by Ada."""
    identity = {"identity": True, "secret": SECRET, "gateway_url": "http://127.0.0.1:1"}
    async with rag_service(folder / "rag", identity=True) as rag, trend_service(folder / "trend", **identity) as trend:
        trend.http.auth = Vouched()
        trend.app.state.directory._cached[ADA.subject] = time.monotonic() + 3_600, ADA
        transport = httpx.ASGITransport(rag.app)
        trend.app.state.rag._http = httpx.AsyncClient(
            transport=transport, base_url="http://localhost", timeout=60, auth=OnBehalf()
        )
        yield trend, rag.of(ADA)


async def titles(trend: Trend) -> set[str]:
    return {one["title"] for one in await trend.get("/documents", collection="papers")}


async def read_again(trend: Trend) -> None:
    async with trend.app.state.collections.records.write() as connection:
        await connection.execute(update(Source).values(due_at=Source.created_at))


async def test_documents_come_with_changes_and_deletions_as_long_as_their_owner_may_view_them(tmp_path: Path):
    async with services(tmp_path) as (trend, rag):
        await trend.post("/collections", {"name": "papers"})
        for name in ("papers", "others"):
            assert (await rag.http.post("/v1/rag/collections", json={"name": name})).status_code == 201
        grid = b"# Grid operator warns\n\nImports of power are at their limit."
        await rag.upload(("grid.md", grid), ("bread.md", b"# Bread gets dearer\n\nGas is dear."), collection="papers")
        await rag.upload(("secret.md", b"# Not for trends"), collection="others")
        source = {"kind": "collection", "documents_of": "papers", "category": "news"}
        added = await trend.post("/sources", source, collection="papers")
        assert (added["url"], added["kind"]) == ("rag:papers", "collection")

        async def shown(expected: set[str]) -> None:
            async def done() -> bool:
                return await titles(trend) == expected

            await until_async(done, f"the documents are {expected}")

        await shown({"Grid operator warns", "Bread gets dearer"})
        listed = (await rag.http.get("/v1/rag/collections/papers/documents")).json()["documents"]
        bread = next(one["id"] for one in listed if one["name"] == "bread.md")
        assert (await rag.http.delete(f"/v1/rag/collections/papers/documents/{bread}")).status_code in (200, 202, 204)
        await rag.upload(("grid.md", b"# Grid operator gives the all-clear\n\nImports fell."), collection="papers")
        await rag.upload(("rain.md", b"# Rain at last\n\nReservoirs fill."), collection="papers")
        await read_again(trend)
        await shown({"Grid operator gives the all-clear", "Rain at last"})

        assert (await rag.http.delete("/v1/rag/collections/papers")).status_code in (200, 202, 204)
        await read_again(trend)
        await shown(set())
        (stopped,) = await trend.get("/sources", collection="papers")
        assert (stopped["due_at"], stopped["error"].startswith("stopped")) == (None, True)


async def test_a_collection_of_somebody_else_gives_nothing(tmp_path: Path):
    async with services(tmp_path) as (trend, rag):
        bob = rag_of_bob(rag)
        made = (await bob.http.post("/v1/rag/collections", json={"name": "bobs"})).json()
        await bob.upload(("plan.md", b"# A plan of Bob's"), collection="bobs")
        await trend.post("/collections", {"name": "papers"})
        source = {"kind": "collection", "documents_of": made["id"]}
        await trend.post("/sources", source, collection="papers")

        async def stopped() -> bool:
            (one,) = await trend.get("/sources", collection="papers")
            return one["due_at"] is None and "stopped" in one["error"]

        await until_async(stopped, "the source stopped")
        assert await titles(trend) == set()


def rag_of_bob(rag: Rag) -> Rag:
    return rag.of(Principal("user:bbbbbbbbbbbb", "user"))
