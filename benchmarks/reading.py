"""How many words of real files the parsers keep, beside kreuzberg and markitdown where they are installed.

`files` holds documents of any format and `files.reference.jsonl` the words of each, counted by simple, independent
means, in the folder of `benchmarks.datasets`; `$BENCH_FILES` names another folder of this form. A file is whole if at
least 0.99 of its words are in the text. `own` is the share of the text's different words that the reference has: it is
low where words were cut, joined or repeated. The files are split in two by a hash of their names, so that one half can
be worked on and the other shows how files that nobody has looked at fare.
"""

import hashlib
import json
import os
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter

from aistack.rag.parsing.formats.builder import Limits, ParseError
from aistack.rag.parsing.parser import parse
from benchmarks.datasets import FOLDER
from benchmarks.report import Row, skip
from harness.samples.documents import columns_pdf, docx, pptx

WORD = re.compile(r"[^\W_]{2,}")
IDEOGRAPHS = re.compile(r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]+")
HYPHEN_AT_LINE_END = re.compile(r"(?<=\w)-\n\s*(?=\w)")
WHOLE = 0.99
LIMITS = Limits(pages_max=10_000, text_characters_max=50_000_000)
STRICT_FORMATS = ("pdf", "docx", "html")
SMALL = {
    "columns.pdf": (columns_pdf, "The keeper's yearbook on the left line tells of lamps Skerry Bell Rock colza"),
    "rules.docx": (docx, "The watch changes every four hours 夜班由两个人负责 part lamp spare two in the cellar"),
    "signals.pptx": (pptx, "Signals Three short flashes mean fog Say this slowly"),
}

Reader = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Sample:
    """A file and the words that a reader of it sees, with their counts."""

    path: Path
    words: Counter[str]

    @property
    def kind(self) -> str:
        return {"htm": "html"}.get(suffix := self.path.suffix.lower().lstrip("."), suffix)

    @property
    def half(self) -> str:
        return "ab"[hashlib.sha256(self.path.name.encode()).digest()[0] % 2]


@dataclass(frozen=True, slots=True)
class Score:
    """Shares between 0 and 1, and words that are missing or not in the reference."""

    kept: float
    own: float
    missing: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()


def words_of(text: str) -> Counter[str]:
    """Runs of two or more letters or digits, case folded; Chinese, Japanese and Korean as pairs of characters."""
    text = unicodedata.normalize("NFKC", text).replace("\u00ad", "").replace("\u200b", "").casefold()
    text = HYPHEN_AT_LINE_END.sub("", text)
    found = Counter(run[at : at + 2] for run in IDEOGRAPHS.findall(text) for at in range(len(run) - 1))
    found.update(WORD.findall(IDEOGRAPHS.sub(" ", text)))
    return found


def score(sample: Sample, text: str) -> Score:
    found = words_of(text)
    kept = (sample.words & found).total() / sample.words.total()
    own = len(found.keys() & sample.words.keys()) / len(found) if found else 0.0
    missing = tuple(word for word, _ in (sample.words - found).most_common(8))
    return Score(kept, own, missing, tuple([word for word in found if word not in sample.words][:8]))


def samples(folder: Path) -> Iterator[Sample]:
    for line in (folder / "files.reference.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield Sample(folder / "files" / row["file"], Counter(row["words"]))


def read(path: Path) -> str:
    """The text that the stack would index. Raises ParseError."""
    return parse(path, path.name, LIMITS).text


def readers() -> Iterator[tuple[str, Reader]]:
    """The stack's own parsers and the peers that are installed."""
    yield "aistack", read
    try:
        import kreuzberg  # pyright: ignore -- a peer that need not be installed

        yield "kreuzberg", lambda path: kreuzberg.extract_file_sync(str(path)).content
    except ImportError:
        skip("kreuzberg is not installed")
    try:
        from markitdown import MarkItDown  # pyright: ignore -- a peer that need not be installed

        convert = cache(MarkItDown)().convert
        yield "markitdown", lambda path: convert(str(path)).text_content
    except ImportError:
        skip("markitdown is not installed")


def scores(reader: Reader, given: Iterable[Sample]) -> dict[Path, Score]:
    """Nothing is kept of a file that the reader refuses."""
    found: dict[Path, Score] = {}
    for sample in given:
        try:
            found[sample.path] = score(sample, reader(sample.path))
        except (ParseError, Exception) as error:  # peers raise anything
            found[sample.path] = Score(0.0, 1.0, (f"{type(error).__name__}: {error}"[:120],))
    return found


def run(quick: bool) -> list[Row]:
    given = list(_small() if quick else samples(Path(os.environ.get("BENCH_FILES", FOLDER))))
    rows: list[Row] = []
    for name, reader in readers():
        begun = perf_counter()
        found = scores(reader, given)
        seconds = perf_counter() - begun
        rows += _rows(name, given, found, is_own=name == "aistack")
        rows.append(Row(f"{name}, all files read in", round(seconds, 1), "s"))
    return rows


def _rows(name: str, given: list[Sample], found: dict[Path, Score], *, is_own: bool) -> Iterator[Row]:
    groups: dict[str, list[Score]] = defaultdict(list)
    for sample in given:
        for group in ("all", f"half {sample.half}", sample.kind):
            groups[group].append(found[sample.path])
    for group, many in sorted(groups.items()):
        whole = sum(one.kept >= WHOLE for one in many) / len(many)
        own = sum(one.own for one in many) / len(many)
        yield Row(f"{name}, {group} ({len(many)}), whole", round(whole, 3), "", ">= 0.95" * (is_own and group == "all"))
        yield Row(f"{name}, {group}, own words", round(own, 3), "", ">= 0.97" * (is_own and group in STRICT_FORMATS))


def _small() -> Iterator[Sample]:
    from tempfile import mkdtemp

    folder = Path(mkdtemp(prefix="aistack-bench-"))
    for name, (make, text) in SMALL.items():
        (folder / name).write_bytes(make())
        yield Sample(folder / name, words_of(text))


if __name__ == "__main__":
    half = sys.argv[1] if len(sys.argv) > 1 else "a"
    for one, result in scores(read, (one for one in samples(FOLDER) if one.half == half)).items():
        if result.kept < WHOLE or result.own < 0.95:
            print(f"{one.name}: kept {result.kept:.3f} own {result.own:.3f}", *result.missing, "|", *result.strange)
