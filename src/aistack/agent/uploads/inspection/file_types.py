"""What a file is, by its bytes. Its name decides only between kinds of text."""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

HEAD_BYTES = 65_536
UNPACKED_BYTES_MAX = 1 << 30  # of a zip archive, as its directory says
ENTRIES_MAX = 50_000

SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image", "image/png"), (b"\xff\xd8\xff", "image", "image/jpeg"),
    (b"GIF87a", "image", "image/gif"), (b"GIF89a", "image", "image/gif"), (b"BM", "image", "image/bmp"),
    (b"II*\0", "image", "image/tiff"), (b"MM\0*", "image", "image/tiff"),
    (b"ID3", "audio", "audio/mpeg"), (b"\xff\xfb", "audio", "audio/mpeg"), (b"\xff\xf3", "audio", "audio/mpeg"),
    (b"\xff\xf2", "audio", "audio/mpeg"), (b"\xff\xf1", "audio", "audio/aac"), (b"\xff\xf9", "audio", "audio/aac"),
    (b"OggS", "audio", "audio/ogg"), (b"fLaC", "audio", "audio/flac"), (b"#!AMR", "audio", "audio/amr"),
    (b"\x1aE\xdf\xa3", "video", "video/webm"), (b"PAR1", "table", "application/vnd.apache.parquet"),
    (b"{\\rtf", "document", "application/rtf"), (b"\xd0\xcf\x11\xe0", "document", "application/x-ole-storage"),
    (b"MZ", "other", "application/vnd.microsoft.portable-executable"), (b"\x7fELF", "other", "application/x-elf"),
    (b"\x1f\x8b", "other", "application/gzip"), (b"Rar!", "other", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "other", "application/x-7z-compressed"), (b"BZh", "other", "application/x-bzip2"),
    (b"\xfd7zXZ", "other", "application/x-xz"), (b"SQLite format 3", "other", "application/vnd.sqlite3"),
    (b"\0asm", "other", "application/wasm"), (b"\xca\xfe\xba\xbe", "other", "application/java-vm"),
)  # fmt: skip
OFFICE = "application/vnd.openxmlformats-officedocument."
ZIPPED: tuple[tuple[str, str, str], ...] = (
    ("word/document", "document", OFFICE + "wordprocessingml.document"),
    ("ppt/presentation", "document", OFFICE + "presentationml.presentation"),
    ("xl/workbook", "table", OFFICE + "spreadsheetml.sheet"),
    ("META-INF/container.xml", "document", "application/epub+zip"),
)
OLE_SUFFIXES = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
}
TEXT_SUFFIXES = {
    ".csv": ("table", "text/csv"), ".tsv": ("table", "text/tab-separated-values"), ".md": ("document", "text/markdown"),
    ".markdown": ("document", "text/markdown"), ".json": ("text", "application/json"),
    ".jsonl": ("text", "application/jsonl"), ".eml": ("document", "message/rfc822"),
    ".yaml": ("text", "application/yaml"),
    ".yml": ("text", "application/yaml"),
}  # fmt: skip
EXPECTED = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff", ".svg": "image/svg+xml",
    ".pdf": "application/pdf", ".docx": OFFICE + "wordprocessingml.document",
    ".pptx": OFFICE + "presentationml.presentation", ".xlsx": OFFICE + "spreadsheetml.sheet", ".zip": "application/zip",
    ".mp3": "audio/mpeg", ".wav": "audio/wav", ".flac": "audio/flac", ".mp4": "video/mp4",
    ".html": "text/html", ".htm": "text/html", ".csv": "text/csv",
}  # fmt: skip
HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script)[\s>]", re.I | re.S
)
SVG = re.compile(rb"<svg[\s>]", re.I)
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class RefusedFile(Exception):
    """The file is not kept; the message says why."""


@dataclass(frozen=True, slots=True)
class FileType:
    """`kind` is image, audio, video, document, table, text or other."""

    kind: str
    media_type: str


def file_type(path: Path, name: str) -> FileType:
    """The type of the file at `path`, uploaded as `name`. Raises RefusedFile for an archive that is too large."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    suffix = PurePosixPath(name.lower()).suffix
    if b"%PDF-" in head[:1024]:
        return FileType("document", "application/pdf")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path)
    if head[:4] == b"RIFF":
        return {b"WEBP": FileType("image", "image/webp"), b"WAVE": FileType("audio", "audio/wav")}.get(
            head[8:12], FileType("video", "video/x-msvideo")
        )
    if head[4:8] == b"ftyp":
        return _iso_media(head[8:12])
    for start, kind, media_type in SIGNATURES:
        if head.startswith(start) and not (start == b"BM" and _text(head) is not None):
            return FileType(kind, OLE_SUFFIXES.get(suffix, media_type) if start == b"\xd0\xcf\x11\xe0" else media_type)
    if _text(head) is None:
        return FileType("other", "application/octet-stream")
    if HTML.match(head):
        return FileType("document", "text/html")
    if SVG.search(head[:4096]):
        return FileType("text", "image/svg+xml")
    kind, media_type = TEXT_SUFFIXES.get(suffix, ("text", "text/plain"))
    return FileType(kind, media_type)


def mismatch(name: str, found: FileType) -> str:
    """A sentence for a file that is not what its name says; empty if it is."""
    suffix = PurePosixPath(name.lower()).suffix
    expected = EXPECTED.get(suffix)
    if expected is None or expected == found.media_type:
        return ""
    return f"the name ends in {suffix}, but the content is {found.media_type}"


def _zipped(path: Path) -> FileType:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            first = entries[0] if entries else None
            is_open_document = first is not None and first.filename == "mimetype" and first.file_size < 200
            declared = archive.read(first).decode("ascii", "replace") if first and is_open_document else ""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        raise RefusedFile("it begins like a zip archive, but is damaged or cut off") from None
    unpacked = sum(one.file_size for one in entries)
    if unpacked > UNPACKED_BYTES_MAX or len(entries) > ENTRIES_MAX:
        raise RefusedFile(
            f"it unpacks to {unpacked} bytes in {len(entries)} files; "
            f"at most {UNPACKED_BYTES_MAX} bytes and {ENTRIES_MAX} files are allowed"
        )
    names = [one.filename for one in entries]
    for start, kind, media_type in ZIPPED:
        if any(one.startswith(start) for one in names):
            return FileType(kind, media_type)
    if declared.startswith("application/vnd.oasis.opendocument"):
        return FileType("table" if declared.endswith("spreadsheet") else "document", declared[:128])
    return FileType("document", "application/zip")


def _iso_media(brand: bytes) -> FileType:
    if brand in (b"avif", b"avis"):
        return FileType("image", "image/avif")
    if brand in (b"heic", b"heix", b"mif1", b"hevc"):
        return FileType("other", "image/heic")
    if brand[:3] == b"M4A":
        return FileType("audio", "audio/mp4")
    return FileType("video", "video/mp4")


def _text(head: bytes) -> str | None:
    """The beginning as text; None if it is binary."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    cut = head if len(head) < HEAD_BYTES else head[: head.rfind(b"\n") + 1] or head[:-4]
    for encoding in ("utf-8", "gb18030", "latin-1"):
        try:
            text = cut.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if CONTROLS.search(text) else text
    return None
