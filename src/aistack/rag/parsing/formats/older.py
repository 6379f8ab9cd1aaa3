"""Formats that others have replaced: RTF, read by striprtf, and Outlook's msg, read by python-oxmsg."""

import io
import re
from importlib import import_module
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.containers.mail import ATTACHMENTS_MAX, ParsePart
from aistack.rag.parsing.formats.tables import tables_of

CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")


def rtf(content: bytes, limits: Limits) -> ParsedDocument:
    """Paragraphs, and the rows of tables. Raises ParseError."""
    to_text: Any = import_module("striprtf.striprtf").rtf_to_text  # it has no types
    found = CODE_PAGE.search(content[:4096])
    encoding = f"cp{found[1].decode()}" if found else "cp1252"
    try:
        text = str(to_text(content.decode("latin-1"), encoding=encoding, errors="replace"))
    except (ValueError, LookupError, IndexError, RecursionError) as error:
        raise ParseError(f"the RTF file is damaged: {error}") from None
    builder = DocumentBuilder(limits)
    rows: list[list[str]] = []
    for line in [*text.split("\n"), ""]:
        cells = line.rstrip("|").split("|")
        if line.endswith("|") and len(cells) > 1:
            rows.append(cells)
            continue
        for table in tables_of(rows):
            for row in table.lines():
                builder.block(row)
        rows = []
        builder.block(line)
    return builder.document("", "application/rtf")


def msg(content: bytes, limits: Limits, parse_part: ParsePart) -> ParsedDocument:
    """A message's sender, recipients, body and attachments. Raises ParseError."""
    from oxmsg import Message

    builder = DocumentBuilder(limits)
    try:
        opened: Any = Message.load(io.BytesIO(content))
        subject, sent = str(opened.subject or ""), opened.sent_date
        builder.heading(1, subject)
        to = ", ".join(f"{one.name} <{one.email_address}>" for one in opened.recipients)
        shown = (("From", opened.sender), ("To", to), ("Date", sent))
        builder.block("\n".join(f"{name}: {value}" for name, value in shown if value))
        body, page = str(opened.body or ""), opened.html_body
        if body.strip() or page:
            data, name = (body.encode(), "body.txt") if body.strip() else (str(page).encode(), "body.html")
            builder.include(parse_part(data, name, limits), 2)
        attached: list[Any] = list(opened.attachments)
        for one in attached[:ATTACHMENTS_MAX]:
            builder.heading(2, f"Attachment: {one.file_name or 'attachment'}")
            try:
                builder.include(parse_part(one.file_bytes or b"", str(one.file_name or "attachment"), limits), 3)
            except ParseError as error:
                builder.block(f"({one.file_name}: {error})")
        if len(attached) > ATTACHMENTS_MAX:
            builder.block(f"({len(attached) - ATTACHMENTS_MAX} more attachments, which are not read)")
    except ParseError:
        raise
    except Exception as error:  # olefile and python-oxmsg raise many kinds
        raise ParseError(f"the Outlook message is damaged: {type(error).__name__}: {error}"[:300]) from None
    return builder.document(subject, "application/vnd.ms-outlook")
