"""Reads files that are zip archives (Office, EPUB) in memory, with limits against zip bombs and malicious XML."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any, cast

from aistack.rag.parsing.formats.builder import ParseError

ENTRIES_MAX = 20_000
BYTES_MAX = 512 * 1024 * 1024  # uncompressed
RATIO_MAX = 300  # uncompressed to compressed
RATIO_FREE_BYTES = 10 * 1024 * 1024  # below this size the ratio is not checked


def open_zip(content: bytes, what: str) -> zipfile.ZipFile:
    """Opens an archive. `what` names the file's kind in messages.

    Raises ParseError if it is damaged, encrypted, or too large when uncompressed.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise ParseError(f"the {what} is damaged or truncated: {error}") from None
    if len(entries) > ENTRIES_MAX:
        raise ParseError(f"the {what} contains {len(entries)} parts; at most {ENTRIES_MAX} are allowed")
    if any(entry.flag_bits & 1 for entry in entries):
        raise ParseError(f"the {what} is encrypted; upload it without a password")
    uncompressed = sum(entry.file_size for entry in entries)
    if uncompressed > BYTES_MAX or (uncompressed > RATIO_FREE_BYTES and uncompressed > RATIO_MAX * len(content)):
        raise ParseError(f"the {what} would unpack to {uncompressed} bytes, which looks like a zip bomb")
    return archive


def part(archive: zipfile.ZipFile, entry: str | zipfile.ZipInfo, what: str) -> bytes:
    """The content of one part; the size in its header is not trusted. Raises ParseError."""
    name = entry if isinstance(entry, str) else entry.filename
    try:
        with archive.open(entry) as file:
            data = file.read(BYTES_MAX + 1)
    except KeyError:
        raise ParseError(f"the {what} is missing the part {name}") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise ParseError(f"the {what} is damaged in part {name}: {error}") from None
    if len(data) > BYTES_MAX:
        raise ParseError(f"the {what} contains a part larger than {BYTES_MAX} bytes")
    return data


def without_missing_parts(content: bytes, what: str) -> bytes:
    """An Office file without references to parts that it lacks, for which the libraries refuse the whole file."""
    archive = open_zip(content, what)
    names = frozenset(archive.namelist())
    changed: dict[str, bytes] = {}
    for name in names:
        if not name.endswith(".rels"):
            continue
        root = xml(part(archive, name, what), what)
        folder = posixpath.dirname(posixpath.dirname(name))
        lost = [
            one
            for one in root
            if isinstance(one.tag, str)
            and one.get("TargetMode") != "External"
            and posixpath.normpath(posixpath.join("/", folder, str(one.get("Target")))).lstrip("/") not in names
        ]
        for one in lost:
            root.remove(one)
        if lost:
            changed[name] = _bytes_of(root)
    if not changed:
        return content
    repaired = io.BytesIO()
    with zipfile.ZipFile(repaired, "w") as copy:
        for entry in archive.infolist():
            copy.writestr(entry.filename, changed.get(entry.filename) or part(archive, entry, what))
    return repaired.getvalue()


def _bytes_of(root: Any) -> bytes:
    from lxml import etree  # pyright: ignore -- no stubs

    return cast(bytes, etree.tostring(root))  # pyright: ignore


def xml(data: bytes, what: str) -> Any:
    """The root element of an XML part. Entities are not resolved. Raises ParseError."""
    from lxml import etree  # pyright: ignore -- no stubs

    parser: Any = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)  # pyright: ignore
    try:
        return etree.fromstring(data, parser)  # pyright: ignore
    except etree.XMLSyntaxError as error:  # pyright: ignore
        raise ParseError(f"the {what} contains malformed XML: {error}") from None


def elements(archive: zipfile.ZipFile, name: str, tag: str, what: str) -> Iterator[Any]:
    """The elements of a tag in a large XML part, one after the other; each is emptied when the next is asked for."""
    from lxml import etree  # pyright: ignore -- no stubs

    try:
        with archive.open(name) as file:
            events: Any = etree.iterparse(file, tag=f"{{*}}{tag}", resolve_entities=False, no_network=True)  # pyright: ignore
            for event in cast(Iterator[tuple[str, Any]], events):
                element = event[1]
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except (etree.XMLSyntaxError, zipfile.BadZipFile, OSError, EOFError) as error:  # pyright: ignore
        raise ParseError(f"the {what} is damaged in part {name}: {error}") from None
