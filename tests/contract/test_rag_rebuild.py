"""A start with an index of an earlier version: searches go on, and the status shows the rebuild until it is done."""

import asyncio
import sqlite3
from pathlib import Path

from harness.samples import first_index


async def test_an_index_of_an_earlier_version_is_rebuilt_while_searches_go_on(start, tmp_path: Path):
    async with start() as rag:
        await rag.upload(("tea.md", "# 茶\n\n他每天喝茶。".encode()), ("list.md", b"# Space\n\nThe disk has 10 GB."))
        assert (await rag.http.get("/v1/rag/status")).json()["lexical"]["rebuilding"] is False
    index = tmp_path / "rag" / "lexical.sqlite3"
    with sqlite3.connect(index) as connection:
        names = {name: number for number, name in connection.execute("SELECT id, c1 FROM chunks_1_form2_content")}
    tea, disk = (next(number for terms, number in names.items() if one in terms) for one in ("茶", "disk"))
    first_index.write(index, 1, [(tea, "茶", "茶 他每 每天 天喝 喝茶"), (disk, "space", "space disk 10 gb")])
    async with start() as rag:
        hits = {one["name"] for query in ("喝茶", "disk") for one in await rag.search(query)}
        assert hits == {"tea.md", "list.md"}
        async with asyncio.timeout(60):
            while (await rag.http.get("/v1/rag/status")).json()["lexical"]["rebuilding"]:
                assert [one["name"] for one in await rag.search("喝茶")] == ["tea.md"]
                await asyncio.sleep(0.05)
        assert [one["name"] for one in await rag.search("每天")] == ["tea.md"]
        assert [one["name"] for one in await rag.search("10gigabytes")] == ["list.md"]
        assert "aistack_rag_lexical_rebuild_chunks" in (await rag.http.get("/metrics")).text
