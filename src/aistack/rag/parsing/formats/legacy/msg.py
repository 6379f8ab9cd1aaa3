"""Outlook's msg files, read by python-oxmsg."""

import io
from typing import Any

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.containers.mail import ATTACHMENTS_MAX, ParsePart


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
