"""How fast files become searchable, by format, with no model; and the memory that it takes."""

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict

import docx
import psutil
from tests.documents import pdf

from aistack.chassis.logs import configure_logs
from benchmarks.rag.cranfield import load
from benchmarks.rag.serving import service
from benchmarks.report import Row

FILES = 1_000
PDF_FILES, PDF_PAGES = 20, 20
LINE_CHARACTERS, LINES = 90, 36


class Peak:
    """The most memory (PSS, MiB) that this process and its children had while the block ran."""

    def __enter__(self) -> "Peak":
        self.mib, self._going = 0.0, True
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        self._thread.join()

    def _look(self) -> None:
        while self._going:
            me = psutil.Process(os.getpid())
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_full_info().pss
                except (psutil.Error, OSError):
                    continue
            self.mib = max(self.mib, total / 2**20)
            time.sleep(0.2)


def apart() -> list[Row]:
    """The rows, measured in a process of its own, so that no model of another benchmark is in its memory."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.rag.ingest"], check=True, capture_output=True, text=True)
    return [Row(**one) for one in json.loads(done.stdout.splitlines()[-1])]


async def rows() -> list[Row]:
    texts = list(load()[0].values())
    made: list[Row] = []
    formats: dict[str, Callable[[str], bytes]] = {
        "txt": str.encode,
        "md": lambda text: f"# {text[:60]}\n\n{text}".encode(),
        "html": lambda text: f"<html><body><h1>{text[:60]}</h1><p>{text}</p></body></html>".encode(),
        "docx": _docx,
    }
    with Peak() as peak:
        for name, write in formats.items():
            files = {f"{number}.{name}": write(text) for number, text in enumerate(texts[:FILES])}
            async with service(parse_workers=2) as ours:
                rate = await ours.fill(files)
            made.append(Row(f"ingest, {name}, documents", round(rate, 1), "1/s", ">= 40" if name == "txt" else ""))
        files = {f"{number}.pdf": _pdf(texts[number * PDF_PAGES :][:PDF_PAGES]) for number in range(PDF_FILES)}
        async with service(parse_workers=1) as ours:
            rate = await ours.fill(files)
        made.append(Row("ingest, pdf, pages by one parser", round(rate * PDF_PAGES, 1), "1/s", ">= 5"))
    made.append(Row("ingest, most memory of service and parsers (PSS)", round(peak.mib, 1), "MiB", "<= 400"))
    return made


def _docx(text: str) -> bytes:
    document = docx.Document()
    document.add_heading(text[:60], 1)
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _pdf(texts: list[str]) -> bytes:
    """A page for each text."""
    pages = []
    for text in texts:
        words = " ".join(text.split())
        pages.append([words[at : at + LINE_CHARACTERS] for at in range(0, len(words), LINE_CHARACTERS)][:LINES])
    return pdf(pages)


if __name__ == "__main__":
    configure_logs("error", "json")
    print(json.dumps([asdict(row) for row in asyncio.run(rows())]))
