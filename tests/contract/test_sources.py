"""Documents that are fetched, folders that are watched, documents that are read anew."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from aistack.chassis.web.public_web import FetchFailed
from aistack.rag.intake.fetcher import Fetcher
from aistack.rag.tables import Source
from harness.servers.site import Site, open_site
from harness.services.rag import Rag


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


async def add(rag: Rag, **body: object) -> dict:
    answer = await rag.http.post("/v1/rag/collections/default/documents", json=body)
    assert answer.status_code == 202, answer.text
    return await rag.finished(answer.json()["id"])


async def until(check, seconds: float = 30.0):
    async with asyncio.timeout(seconds):
        while not (answer := await check()):
            await asyncio.sleep(0.05)
        return answer


class TestUrl:
    async def test_a_page_is_fetched_and_found_by_what_it_says(self, start, site: Site):
        site.page("/rules", b"<html><title>Rules</title><p>The lamp is lit at dusk.</p>", content_type="text/html")
        moved = site.page("/old", b"", location="/rules")
        async with start(fetch_private=True) as rag:
            job = await add(rag, url=moved, metadata={"kind": "rules"})
            assert job["done"] == 1, job
            (hit,) = await rag.search("lamp", filter={"kind": "rules"})
            assert (hit["title"], hit["name"]) == ("Rules", moved)
            site.page("/rules", b"<html><p>The lamp is lit at noon.</p>", content_type="text/html")
            assert (await add(rag, url=moved))["done"] == 1
            assert [hit["text"] for hit in await rag.search("lamp")] == ["The lamp is lit at noon."]

    async def test_a_page_is_read_in_the_encoding_that_its_server_declares(self, start, site: Site):
        for path, charset, encoding in (
            ("/a.html", "gbk", "gbk"), ("/b.html", "Big5", "big5"), ("/c.html", "x-sjis", "shift_jis"),
            ("/d.html", "gbk", "utf-8-sig"), ("/e.html", "klingon", "utf-8"),
        ):  # fmt: skip
            said = f"<meta charset=utf-8><p>七茶 {path[1]}"
            site.page(path, said.encode(encoding), content_type=f'text/html; charset="{charset}"')
        async with start(fetch_private=True) as rag:
            for path in sorted(site.pages):
                job = await add(rag, url=site.url + path)
                document = await rag.document(job["items"][0]["document"])
                assert (document["text"].strip(), document["media_type"]) == (f"七茶 {path[1]}", "text/html")
            wrong = site.page("/f.html", "<p>七茶".encode("gbk"), content_type="text/html; charset=big5")
            job = await add(rag, url=wrong, encoding="gbk")
            assert (await rag.document(job["items"][0]["document"]))["text"].strip() == "七茶"

    async def test_addresses_that_are_not_public_are_refused_unless_allowed(self, start, site: Site):
        async with start() as rag:
            for url in (site.page("/x", b"x"), "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://10.0.0.1/",
                        "http://localhost:1/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/"):  # fmt: skip
                answer = await rag.http.post("/v1/rag/collections/default/documents", json={"url": url})
                assert answer.status_code == 400, url
                assert "not public" in answer.json()["detail"]
        assert site.heads == []

    @pytest.mark.parametrize(
        "body",
        [
            {"url": "ftp://example.org/x"}, {"url": "file:///etc/passwd"}, {"url": "http://user:pass@example.org/"},
            {"url": "http://"}, {"url": "nonsense"}, {"url": 7}, {"url": "http://example.org/x", "text": "both"},
            {"url": "http://127.0.0.1:99999/"},
        ],
    )  # fmt: skip
    async def test_what_is_no_address_is_refused(self, start, body: dict):
        async with start() as rag:
            answer = await rag.http.post("/v1/rag/collections/default/documents", json=body)
            assert answer.status_code == 400 and "Traceback" not in answer.text

    async def test_a_redirect_is_judged_too(self, tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch):
        fetcher = Fetcher(tmp_path, 1000, allow_private=True)
        with pytest.raises(FetchFailed, match="redirects more than"):
            await fetcher.fetch(site.page("/loop", b"", location="/loop"))
        with pytest.raises(FetchFailed, match="not an http or https URL"):
            await fetcher.fetch(site.page("/away", b"", location="file:///etc/passwd"))
        with pytest.raises(FetchFailed, match="larger than 1000"):
            await fetcher.fetch(site.page("/big", b"x" * 5000))
        with pytest.raises(FetchFailed, match="404"):
            await fetcher.fetch(site.url + "/none")
        assert not list(tmp_path.iterdir())

    async def test_the_server_hears_the_name_and_not_the_address(self, tmp_path: Path, site: Site):
        named = site.page("/x", b"text").replace("127.0.0.1", "localhost")
        await Fetcher(tmp_path, 1000, allow_private=True).fetch(named)
        assert f"host: {named.split('/')[2]}" in site.heads[-1].lower()


class TestSources:
    async def test_a_watched_folder_is_followed(self, start, tmp_path: Path):
        folder = tmp_path / "watched"
        (folder / "deep").mkdir(parents=True)
        (folder / "a.md").write_text("The lamp is lit at dusk.")
        (folder / "deep" / "b.md").write_text("The fog horn sounds twice.")
        (folder / ".hidden.md").write_text("lamp lamp lamp")
        (tmp_path / "outside.md").write_text("lamp outside")
        (folder / "link.md").symlink_to(tmp_path / "outside.md")
        async with start(watch_folders=[str(tmp_path)]) as rag:
            added = await rag.http.post(
                "/v1/rag/collections/default/sources", json={"folder": str(folder), "every_seconds": 5}
            )
            assert added.status_code == 201, added.text
            await until(lambda: found(rag, "horn", {"deep/b.md"}))
            await until(lambda: found(rag, "lamp", {"a.md"}))
            (folder / "a.md").write_text("The lantern is lit at dusk, and later.")
            (folder / "deep" / "b.md").unlink()
            await until(lambda: found(rag, "lantern", {"a.md"}))
            await until(lambda: found(rag, "horn", set()))
            assert await found(rag, "lamp", set())

    async def test_files_that_move_are_copied_or_swap_names_are_followed(self, start, tmp_path: Path):
        folder = tmp_path / "watched"
        (folder / "old").mkdir(parents=True)
        (folder / "old" / "a.md").write_text("The lamp is lit at dusk.")
        (folder / "x.md").write_text("The horn sounds in fog.")
        (folder / "y.md").write_text("The bell rings at noon.")
        for name in ("x.md", "y.md"):  # of the same size and time
            os.utime(folder / name, (1_700_000_000, 1_700_000_000))
        async with start(watch_folders=[str(tmp_path)]) as rag:
            await watch(rag, folder)
            await until_checked(rag, lambda: documents(rag, {"old/a.md", "x.md", "y.md"}))
            (folder / "old").rename(folder / "new")
            (folder / "copy.md").write_text("The horn sounds in fog.")
            (folder / "x.md").rename(folder / "z")
            (folder / "y.md").rename(folder / "x.md")
            (folder / "z").rename(folder / "y.md")
            await until_checked(rag, lambda: documents(rag, {"new/a.md", "copy.md", "x.md", "y.md"}))
            assert await found(rag, "lamp", {"new/a.md"})
            assert await found(rag, "bell", {"x.md"})
            (folder / "y.md").unlink()
            await until_checked(rag, lambda: documents(rag, {"new/a.md", "copy.md", "x.md"}))
            assert await found(rag, "horn", {"copy.md"})

    async def test_a_name_in_two_watched_folders_is_refused_in_the_second_until_it_is_free(self, start, tmp_path: Path):
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "readme.md").write_text(f"The lamp of {name}.")
        async with start(watch_folders=[str(tmp_path)]) as rag:
            await watch(rag, tmp_path / "one")
            await until_checked(rag, lambda: found(rag, "lamp", {"readme.md"}))
            await watch(rag, tmp_path / "two")
            errors = await until_checked(rag, lambda: source_errors(rag))
            assert errors == ["readme.md: another watched folder has a file of this name"]
            assert [hit["text"] for hit in await rag.search("lamp")] == ["The lamp of one."]
            (tmp_path / "one" / "readme.md").unlink()

            async def taken_over() -> bool:
                return [hit["text"] for hit in await rag.search("lamp")] == ["The lamp of two."]

            await until_checked(rag, taken_over)

    async def test_a_folder_that_goes_away_keeps_its_documents(self, start, tmp_path: Path):
        folder = tmp_path / "watched"
        folder.mkdir()
        (folder / "a.md").write_text("The lamp is lit at dusk.")
        (folder / os.fsdecode(b"caf\xe9.md")).write_text("The lamp in the cafe.")
        async with start(watch_folders=[str(tmp_path)]) as rag:
            await watch(rag, folder)
            assert await until_checked(rag, lambda: source_errors(rag)) == ["caf?.md: the name is not valid UTF-8"]
            await until_checked(rag, lambda: found(rag, "lamp", {"a.md"}))
            folder.rename(tmp_path / "away")

            async def gone() -> bool:
                return "does not exist" in "".join(await source_errors(rag))

            await until_checked(rag, gone)
            assert await found(rag, "lamp", {"a.md"})

    async def test_a_url_is_looked_at_again_and_taken_in_when_it_changed(self, start, site: Site):
        page = site.page("/p.txt", b"The lamp is lit at dusk.", etag='"1"')
        async with start(fetch_private=True) as rag:
            body = {"url": page, "every_seconds": 5}
            assert (await rag.http.post("/v1/rag/collections/default/sources", json=body)).status_code == 201
            assert (await rag.http.post("/v1/rag/collections/default/sources", json=body)).status_code == 409
            await until(lambda: found(rag, "lamp", {page}))
            site.page("/p.txt", b"The lantern is lit at dawn.", etag='"2"')
            await until(lambda: found(rag, "lantern", {page}))
            assert 'if-none-match: "1"' in site.heads[1].lower()
            site.pages.clear()

            async def told() -> dict:
                (source,) = (await rag.http.get("/v1/rag/collections/default/sources")).json()
                return source if source["error"] else {}

            source = await until(told)
            assert "404" in source["error"] and await found(rag, "lantern", {page})
            gone = await rag.http.delete(f"/v1/rag/collections/default/sources/{source['id']}")
            assert gone.status_code == 204 and await found(rag, "lantern", {page})

    async def test_the_encoding_of_a_source_holds_for_its_files_and_its_page(self, start, tmp_path: Path, site: Site):
        (tmp_path / "tea.txt").write_bytes("茶".encode("gbk"))
        page = site.page("/p.txt", "七茶".encode("gbk"), content_type="text/plain; charset=utf-8")
        async with start(watch_folders=[str(tmp_path)], fetch_private=True) as rag:
            sources = "/v1/rag/collections/default/sources"
            for place in ({"folder": str(tmp_path)}, {"url": page}):
                refused = await rag.http.post(sources, json=place | {"encoding": "klingon"})
                assert refused.status_code == 400 and "'klingon' is not known" in refused.json()["detail"]
                added = await rag.http.post(sources, json=place | {"encoding": "GBK"})
                assert (added.status_code, added.json()["encoding"]) == (201, "gb18030"), added.text
            await until(lambda: found(rag, "茶", {"tea.txt", page}))

    async def test_only_allowed_folders_can_be_watched(self, start, tmp_path: Path):
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "out").symlink_to("/etc")
        async with start(watch_folders=[str(tmp_path / "in")]) as rag:
            for folder in ("/etc", str(tmp_path / "in" / ".." / ".."), str(tmp_path / "in" / "out"), str(tmp_path)):
                answer = await rag.http.post("/v1/rag/collections/default/sources", json={"folder": folder})
                assert answer.status_code == 400, folder
                assert "RAG_WATCH_FOLDERS" in answer.json()["detail"]
            missing = {"folder": str(tmp_path / "in" / "none")}
            assert (await rag.http.post("/v1/rag/collections/default/sources", json=missing)).status_code == 404
            for wrong in ({}, {"folder": "/a", "url": "http://a.org"}, {"url": "http://a.org", "every_seconds": 1}):
                assert (await rag.http.post("/v1/rag/collections/default/sources", json=wrong)).status_code == 422


async def found(rag: Rag, query: str, names: set[str]) -> bool:
    return {hit["name"] for hit in await rag.search(query)} == names


async def documents(rag: Rag, names: set[str]) -> bool:
    answer = await rag.http.get("/v1/rag/collections/default/documents")
    listed = answer.json()["documents"]
    return {one["name"] for one in listed if one["status"] == "ready"} == names and len(listed) == len(names)


async def until_checked(rag: Rag, check):
    """Has the sources checked until the condition holds, and returns its value."""
    async with asyncio.timeout(60):
        while not (answer := await check()):
            async with rag.app.state.collections.access.records.write() as connection:
                await connection.execute(
                    update(Source).values(due_at=Source.looked_at).where(Source.looked_at.is_not(None))
                )
            await asyncio.sleep(0.3)
        return answer


async def watch(rag: Rag, folder: Path) -> None:
    body = {"folder": str(folder), "every_seconds": 600}
    answer = await rag.http.post("/v1/rag/collections/default/sources", json=body)
    assert answer.status_code == 201, answer.text


async def source_errors(rag: Rag) -> list[str]:
    sources = (await rag.http.get("/v1/rag/collections/default/sources")).json()
    return [one["error"] for one in sources if one["error"]]


class TestReadAnew:
    async def test_documents_are_chunked_as_the_settings_say_now(self, start):
        text = " ".join(f"Sentence number {n} tells of lamps." for n in range(60))
        async with start() as rag:
            await rag.upload(("long.txt", text.encode()), ("short.txt", b"A short one about lamps."))
            before = len(await rag.search("lamps", top_k=100))
        async with start(chunk_tokens=40) as rag:
            job = await rag.finished((await rag.http.post("/v1/rag/collections/default/reindex")).json()["id"])
            assert (job["done"], job["failed"]) == (2, 0)
            assert len(await rag.search("lamps", top_k=100)) > before
            (short,) = [hit for hit in await rag.search("short") if hit["name"] == "short.txt"]
            path = f"/v1/rag/collections/default/documents/{short['document']}/reindex"
            again = await rag.finished((await rag.http.post(path)).json()["id"])
            assert again["done"] == 1
            assert (await rag.http.post("/v1/rag/collections/default/documents/none/reindex")).status_code == 404
