"""Forty and more broken and hostile files at once: each fails alone with its reason, the good ones are read."""

import re

from harness.samples.documents import handbook
from harness.samples.hostile_documents import corpus
from harness.services.rag import Rag


async def test_each_fails_alone_with_a_reason_and_the_service_goes_on(start):
    bad = corpus()
    assert len(bad) >= 40
    files = [(name, content) for name, (content, _) in bad.items()]
    files.insert(len(files) // 2, ("good.pdf", handbook()))
    async with start(pages_max=50, text_characters_max=1_000_000, parse_memory_mib=512, parse_seconds_max=60) as rag:
        rag: Rag
        job = await rag.upload(*files, ("also-good.txt", b"The lamp is lit at dusk."))
        items = {item["name"]: item for item in job["items"]}
        assert job["done"] == 2, [item for item in items.values() if item["state"] == "done"]
        wrong = {
            name: items[name]["error"]
            for name, (_, reason) in bad.items()
            if items[name]["state"] != "failed" or not re.search(reason, items[name]["error"])
        }
        assert not wrong
        assert all(len(item["error"]) < 600 and "Traceback" not in item["error"] for item in items.values())
        assert [hit["name"] for hit in await rag.search("lamp dusk")] == ["also-good.txt"]
