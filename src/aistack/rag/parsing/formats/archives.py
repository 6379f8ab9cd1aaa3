"""Files that are zip archives inside: opened with care, nothing is ever written to disk."""

import io
import zipfile
from typing import Any

from aistack.rag.parsing.formats.builder import CannotParse

ENTRIES_MAX = 20_000
BYTES_MAX = 512 * 1024 * 1024
RATIO_MAX = 300
RATIO_FREE_BYTES = 10 * 1024 * 1024


def open_zip(content: bytes, what: str) -> zipfile.ZipFile:
    """The archive, when it is whole, not encrypted, and not larger inside than anything honest."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise CannotParse(f"the {what} is damaged or cut off: {error}") from None
    if len(entries) > ENTRIES_MAX:
        raise CannotParse(f"the {what} has {len(entries)} parts inside; {ENTRIES_MAX} are allowed")
    if any(entry.flag_bits & 1 for entry in entries):
        raise CannotParse(f"the {what} is encrypted; upload it without a password")
    inside = sum(entry.file_size for entry in entries)
    if inside > BYTES_MAX or (inside > RATIO_FREE_BYTES and inside > RATIO_MAX * len(content)):
        raise CannotParse(f"the {what} would unpack to {inside} bytes, which looks like a zip bomb")
    return archive


def part(archive: zipfile.ZipFile, name: str, what: str) -> bytes:
    """One part; what it says of its size is not believed."""
    try:
        with archive.open(name) as file:
            data = file.read(BYTES_MAX + 1)
    except KeyError:
        raise CannotParse(f"the {what} lacks its part {name}") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise CannotParse(f"the {what} is damaged in its part {name}: {error}") from None
    if len(data) > BYTES_MAX:
        raise CannotParse(f"the {what} has a part larger than {BYTES_MAX} bytes")
    return data


def xml(data: bytes, what: str) -> Any:
    """The root of an XML part, with entities left alone."""
    from lxml import etree  # pyright: ignore -- no stubs

    parser: Any = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)  # pyright: ignore
    try:
        return etree.fromstring(data, parser)  # pyright: ignore
    except etree.XMLSyntaxError as error:  # pyright: ignore
        raise CannotParse(f"the {what} is malformed inside: {error}") from None
