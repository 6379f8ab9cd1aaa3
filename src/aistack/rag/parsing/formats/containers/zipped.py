"""Files of many documents: zip archives, each of whose files is read for itself."""

import zipfile
from pathlib import PurePosixPath

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip, part
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.containers.mail import ParsePart

FILES_MAX = 2_000
REASONS_MAX = 100
UNSEEN = frozenset(("__MACOSX", ".DS_Store", "Thumbs.db", ".git"))  # what programs leave beside documents


def zip_of_documents(content: bytes, limits: Limits, parse_part: ParsePart) -> ParsedDocument:
    """Each file below a heading with its path. One that cannot be read is listed with its reason.

    Raises ParseError if the archive has too many files, or none can be read.
    """
    archive = open_zip(content, "zip archive")
    entries = [one for one in archive.infolist() if not one.is_dir() and not UNSEEN & set(_path(one).parts)]
    if len(entries) > FILES_MAX:
        raise ParseError(f"the zip archive contains {len(entries)} files; at most {FILES_MAX} are allowed")
    builder, unread = DocumentBuilder(limits), list[str]()
    for entry in sorted(entries, key=_name):
        name = _name(entry)
        try:
            if _path(entry).is_absolute() or ".." in _path(entry).parts:
                raise ParseError("its path leads out of the archive")
            found = parse_part(part(archive, entry, "zip archive"), name, limits)
        except ParseError as error:
            unread.append(f"{name}: {error}")
            continue
        builder.section(0, "")
        builder.heading(1, name)
        builder.include(found, 2)
    if len(unread) == len(entries):
        reasons = "; ".join(unread[:3]) or "it is empty"
        raise ParseError(f"no file in the zip archive can be read: {reasons}"[:500])
    builder.section(0, "")
    for reason in unread[:REASONS_MAX]:
        builder.block(f"({reason})")
    if len(unread) > REASONS_MAX:
        builder.block(f"({len(unread) - REASONS_MAX} more files that cannot be read)")
    return builder.document("", "application/zip")


def _name(entry: zipfile.ZipInfo) -> str:
    """The path. Names that are not marked as UTF-8 are usually UTF-8 or GBK all the same."""
    if entry.flag_bits & 0x800 or entry.filename.isascii():
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _path(entry: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(entry.filename.replace("\\", "/"))
