"""Email (RFC 5322 with MIME) and EPUB: documents that contain other documents."""

import posixpath
import re
from codecs import BOM_UTF8
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from typing import Any
from urllib.parse import unquote

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip, part, xml
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.encodings import decode
from aistack.rag.parsing.formats.html import html

SHOWN_HEADERS = ("From", "To", "Cc", "Date")
ATTACHMENTS_MAX = 200
MESSAGES_MAX = 10_000
FORWARDS_MAX = 20
MBOX_START = re.compile(rb"(?m)^From \S.*\n")
CONTAINER = "META-INF/container.xml"

ParsePart = Callable[[bytes, str, Limits], ParsedDocument]


def mail(content: bytes, limits: Limits, parse_part: ParsePart) -> ParsedDocument:
    """An email's headers, body, forwarded messages and attachments. One that cannot be read is listed with its reason.

    `parse_part` parses bodies and attachments. Raises ParseError if the email is malformed.
    """
    try:
        message = BytesParser(policy=policy.default).parsebytes(content)
        builder = DocumentBuilder(limits)
        subject = _message(builder, message, limits, parse_part, 1)
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise ParseError(f"the email is malformed: {error}") from None
    return builder.document(subject, "message/rfc822")


def mbox(content: bytes, limits: Limits, parse_part: ParsePart) -> ParsedDocument:
    """The messages of a mailbox, in order."""
    builder = DocumentBuilder(limits)
    messages = MBOX_START.split(content)[1:]
    if len(messages) > MESSAGES_MAX:
        raise ParseError(f"the mailbox has {len(messages)} messages; at most {MESSAGES_MAX} are allowed")
    for one in messages:
        builder.include(mail(re.sub(rb"(?m)^>(>*From )", rb"\1", one), limits, parse_part), 1)
    return builder.document("", "application/mbox")


def _message(builder: DocumentBuilder, message: Any, limits: Limits, parse_part: ParsePart, level: int) -> str:
    """Adds a message under a heading of the level. Returns its subject."""
    subject = str(message.get("Subject", "") or "")
    builder.heading(level, subject)
    builder.block("\n".join(f"{name}: {message[name]}" for name in SHOWN_HEADERS if message.get(name)))
    body = message.get_body(("plain", "html"))
    if body is not None:
        _part(builder, body, "body", limits, parse_part, level + 1)
    attached: list[Any] = list(message.iter_attachments()) if message.is_multipart() else []
    for part_of in attached[:ATTACHMENTS_MAX]:
        if part_of.get_content_type() in ("message/rfc822", "multipart/digest"):
            for inner in part_of.get_payload():
                found = inner.get_payload(0) if inner.get_content_type() == "message/rfc822" else inner
                if level < FORWARDS_MAX:
                    _message(builder, found, limits, parse_part, level + 1)
                else:
                    builder.block(f"(a message forwarded more than {FORWARDS_MAX} times)")
            continue
        name = part_of.get_filename()
        if name:
            builder.heading(level + 1, f"Attachment: {name}")
        _part(builder, part_of, name or "attachment", limits, parse_part, level + 2 if name else level + 1)
    if len(attached) > ATTACHMENTS_MAX:
        builder.block(f"({len(attached) - ATTACHMENTS_MAX} more attachments, which are not read)")
    return subject


def _part(builder: DocumentBuilder, part_of: Any, name: str, limits: Limits, parse_part: ParsePart, level: int) -> None:
    """Adds a body or an attachment. Text is in the encoding that the message declares."""
    data = part_of.get_payload(decode=True)
    data = data if isinstance(data, bytes) else b""
    kind = str(part_of.get_content_type())
    if kind.startswith("text/") and (charset := part_of.get_content_charset()):
        data = BOM_UTF8 + decode(data, charset).encode() if data.strip() else b""
        data = re.sub(rb"(?i)(<meta[^>]*charset=[\"']?)[\w-]+", rb"\1utf-8", data) if kind == "text/html" else data
    if name in ("body", "attachment") and kind.startswith("text/"):
        name += ".html" if kind == "text/html" else ".txt"
    try:
        if data.strip():
            builder.include(parse_part(data, name, limits), level)
    except ParseError as error:
        builder.block(f"({name}: {error})")


def epub(content: bytes, limits: Limits) -> ParsedDocument:
    """The chapters, in the order of the book's spine. Raises ParseError."""
    archive = open_zip(content, "EPUB")
    container = xml(part(archive, CONTAINER, "EPUB"), "EPUB")
    roots = container.xpath("//*[local-name()='rootfile']/@full-path")
    if not roots:
        raise ParseError("the EPUB does not say where its content is: it has no rootfile")
    package = xml(part(archive, str(roots[0]), "EPUB"), "EPUB")
    items = {
        str(item.get("id")): str(item.get("href"))
        for item in package.xpath("//*[local-name()='item']")
        if "html" in str(item.get("media-type"))
    }
    titles = package.xpath("//*[local-name()='title']/text()")
    builder, missing = DocumentBuilder(limits), list[str]()
    for number, itemref in enumerate(package.xpath("//*[local-name()='itemref']"), 1):
        href = items.get(str(itemref.get("idref")))
        if href is None:
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(str(roots[0])), unquote(href.partition("#")[0])))
        if number > limits.pages_max:
            raise ParseError(f"the EPUB has more than {limits.pages_max} chapters")
        try:
            builder.include(html(part(archive, name, "EPUB"), limits), 1)
        except ParseError:
            missing.append(name)
    if missing:
        builder.block(f"({len(missing)} parts of the book are missing or damaged: {', '.join(missing[:5])})")
    return builder.document(str(titles[0]) if titles else "", "application/epub+zip")
