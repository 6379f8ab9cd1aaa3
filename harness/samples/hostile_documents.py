"""Broken and hostile files, made when needed: at least forty kinds, each with a word of the reason it must fail with.

python -m harness.samples.hostile_documents FOLDER    writes them, to be tried by hand
"""

import gzip
import io
import struct
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

from harness.samples.documents import docx, epub, handbook, pdf, picture, pptx, xlsx

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="word/document.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument"/></Relationships>'
)


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def word_of(document: bytes) -> bytes:
    """A Word file whose document part is this."""
    return zipped(
        {
            "[Content_Types].xml": CONTENT_TYPES.encode(),
            "_rels/.rels": RELATIONS.encode(),
            "word/document.xml": document,
        }
    )


def encrypted_zip(content: bytes) -> bytes:
    """The same archive with every entry's encryption flag set."""
    data = bytearray(content)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 4)
    return bytes(data)


def png_of(width: int, height: int) -> bytes:
    """A picture that says it is this large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("../../etc/passwd")
        archive.addfile(info, io.BytesIO(b""))
    return out.getvalue()


def ole(*words: str) -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 504
        + b"".join(word.encode("utf-16-le") for word in words)
        + b"\0" * 512
    )


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + b"".join(f'<!ENTITY {chr(c)} "{f"&{chr(c - 1)};" * 10}">'.encode() for c in range(ord("c"), ord("k")))
    + b']><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&j;</w:t>'
    b"</w:r></w:p></w:body></w:document>"
)
SECRET = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document '
    b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p>'
    b"</w:body></w:document>"
)


def corpus() -> dict[str, tuple[bytes, str]]:
    """Content and what the reason must hold, by file name."""
    book, word, slides, sheet, paper = epub(), docx(), pptx(), xlsx(), handbook()
    many = {f"part{number}.xml": b"" for number in range(20_001)}
    return {
        "empty.txt": (b"", "empty"),
        "blanks.md": (b" \n\t\r\n" * 100, "whitespace"),
        "zeros.txt": (b"\0" * 5000, "whitespace"),
        "empty.pdf": (b" ", "whitespace"),
        "not-a.pdf": (b"Hello, I am no PDF at all", "not a PDF"),
        "cut.pdf": (paper[: len(paper) // 3], "damaged|no text"),
        "head-only.pdf": (b"%PDF-1.7\n", "damaged"),
        "garbage.pdf": (b"%PDF-1.7\n" + bytes(range(256)) * 50, "damaged"),
        "locked.pdf": (pdf([["secret"]], password="x"), "password"),
        "pages.pdf": (pdf([["p"]] * 60), "60 pages; at most 50 are allowed"),
        "blank.pdf": (pdf([[]]), "no text"),
        "program.txt": (b"\x7fELF" + bytes(range(256)) * 20, "program"),
        "windows.exe": (b"MZ" + bytes(range(256)) * 20, "program"),
        "java.class": (b"\xca\xfe\xba\xbe" + bytes(200), "program"),
        "binary.txt": (bytes(range(256)) * 100, "binary|neither text"),
        "random.md": (zlib.compress(bytes(range(256)) * 99) * 40, "binary|neither text"),
        "archive.gz": (gzip.compress(b"text" * 100), "gzip"),
        "climbing.tar.gz": (tar(), "gzip"),
        "archive.rar": (b"Rar!\x1a\x07\x01\x00" + bytes(100), "RAR"),
        "archive.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(100), "7-Zip"),
        "archive.bz2": (b"BZh91AY&SY" + bytes(100), "bzip2"),
        "archive.xz": (b"\xfd7zXZ\0" + bytes(100), "xz"),
        "climbing.zip": (zipped({"../../../etc/cron.d/x": b"* * * * * root id"}), "leads out of the archive"),
        "bomb.zip": (zipped({f"{n}": b"\0" * 40_000_000 for n in range(3)}), "zip bomb"),
        "bomb.docx": (zipped({"word/document.xml": b"\0" * 90_000_000}), "zip bomb"),
        "many.docx": (zipped(many, zipfile.ZIP_STORED), "20001 parts"),
        "cut.docx": (word[: len(word) // 2], "damaged"),
        "hollow.docx": (zipped({"word/document.xml": b"<w/>"}), "damaged"),
        "malformed.docx": (word_of(b"<w:document><unclosed>"), "damaged"),
        "laughs.docx": (word_of(LAUGHS), "damaged|no text"),
        "outside.docx": (word_of(SECRET), "damaged|no text"),
        "locked.docx": (encrypted_zip(word), "encrypted"),
        "encrypted.docx": (ole("EncryptionInfo", "EncryptedPackage"), "encrypted"),
        "broken.doc": (ole("WordDocument"), "damaged"),
        "broken.xls": (ole("Workbook"), "damaged"),
        "broken.ppt": (ole("PowerPoint Document"), "damaged|before"),
        "cut.pptx": (slides[: len(slides) * 2 // 3], "damaged"),
        "empty.xlsx": (xlsx([]), "no text"),
        "cut.xlsx": (sheet[:-200], "damaged"),
        "hollow.xlsx": (zipped({"xl/workbook.xml": b"<workbook/>"}), "damaged|no text"),
        "cut.epub": (book[: len(book) // 2], "damaged"),
        "lost.epub": (zipped({"META-INF/container.xml": b"<container/>"}), "does not say"),
        "missing.epub": (
            zipped({"META-INF/container.xml": b'<c><rootfile full-path="../../etc/passwd"/></c>'}),
            "is missing the part",
        ),
        "cut.png": (picture("cut off half way")[:300], "damaged"),
        "huge.png": (png_of(60_000, 60_000), "pixels|damaged"),
        "empty.png": (picture(""), "no text"),
        "fake.jpg": (b"\xff\xd8\xff" + bytes(100), "damaged"),
        "empty.html": (b"<html><script>alert(1)</script><body></body></html>", "no text"),
        "headings.md": (b"# Only\n\n## Headings\n", "only headings"),
        "deep.json": (b"[" * 200_000 + b"]" * 200_000, "nested too deep"),
        "database.sqlite": (b"SQLite format 3\0" + bytes(200), "SQLite"),
        "sound.mp3": (b"ID3\x04" + bytes(300), "audio"),
        "long.txt": (b"word " * 250_000, "characters"),
    }  # fmt: skip


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (content, reason) in corpus().items():
        (folder / name).write_bytes(content)
        print(f"{name:24} {len(content):>10} bytes, must fail with: {reason}")
