"""How fast files become searchable, by format, with no model; and the memory that it takes."""

import contextlib
import io
import threading
import time
from collections.abc import Callable

import docx
import psutil

from benchmarks.datasets import cranfield
from benchmarks.rag.service import service_apart
from benchmarks.report import Row
from harness.samples.documents import pdf

FILES = 1_000
QUICK_FORMATS = ("txt", "docx")
PDF_FILES, PDF_PAGES = 20, 20
LINE_CHARACTERS, LINES = 90, 36


class Peak:
    """The most memory (PSS, MiB) that a process and its children had while the block ran."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

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
            total = 0
            for process in (self._process, *self._process.children(recursive=True)):
                with contextlib.suppress(psutil.Error, OSError):
                    total += process.memory_full_info().pss
            self.mib = max(self.mib, total / 2**20)
            time.sleep(0.2)


async def rows(quick: bool) -> list[Row]:
    texts = list(cranfield(quick).documents.values())
    pdf_files = min(PDF_FILES, len(texts) // PDF_PAGES)
    made: list[Row] = []
    peaks: list[float] = []
    formats: dict[str, Callable[[str], bytes]] = {
        "txt": str.encode,
        "md": lambda text: f"# {text[:60]}\n\n{text}".encode(),
        "html": lambda text: f"<html><body><h1>{text[:60]}</h1><p>{text}</p></body></html>".encode(),
        "docx": _docx,
    }
    for name, write in formats.items():
        if quick and name not in QUICK_FORMATS:
            continue
        files = {f"{number}.{name}": write(text) for number, text in enumerate(texts[:FILES])}
        async with service_apart(parse_workers=2) as (ours, pid):
            with Peak(pid) as peak:
                rate = await ours.fill(files)
        peaks.append(peak.mib)
        made.append(Row(f"ingest, {name}, documents", round(rate, 1), "1/s", ">= 40" if name == "txt" else ""))
    files = {f"{number}.pdf": _pdf(texts[number * PDF_PAGES :][:PDF_PAGES]) for number in range(pdf_files)}
    async with service_apart(parse_workers=1) as (ours, pid):
        with Peak(pid) as peak:
            rate = await ours.fill(files)
    peaks.append(peak.mib)
    made.append(Row("ingest, pdf, pages with one parser", round(rate * PDF_PAGES, 1), "1/s", ">= 5"))
    made.append(Row("ingest, peak memory of service and parsers (PSS)", round(max(peaks), 1), "MiB", "<= 400"))
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
