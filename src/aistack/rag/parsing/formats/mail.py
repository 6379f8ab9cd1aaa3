"""Email (RFC 5322 with MIME) and EPUB: documents that contain other documents."""

import posixpath
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import unquote

from aistack.rag.parsing.document import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip, part, xml
from aistack.rag.parsing.formats.builder import DocumentBuilder, Limits, ParseError
from aistack.rag.parsing.formats.html import html

SHOWN_HEADERS = ("From", "To", "Cc", "Date")
ATTACHMENTS_MAX = 50
CONTAINER = "META-INF/container.xml"

ParsePart = Callable[[bytes, str, Limits], ParsedDocument]


def mail(content: bytes, limits: Limits, parse_part: ParsePart) -> ParsedDocument:
    """An email's headers, body and attachments. An attachment that cannot be parsed is listed with the reason.

    `parse_part` parses the body and the attachments. Raises ParseError if the email is malformed.
    """
    try:
        message = BytesParser(policy=policy.default).parsebytes(content)
        subject = str(message.get("Subject", "") or "")
        lines = [f"{name}: {message[name]}" for name in SHOWN_HEADERS if message.get(name)]
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise ParseError(f"the email is malformed: {error}") from None
    assert isinstance(message, EmailMessage)
    builder = DocumentBuilder(limits)
    builder.heading(1, subject)
    builder.block("\n".join(lines))
    body = message.get_body(("plain", "html"))
    if body is not None:
        data = body.get_payload(decode=True)
        raw = data if isinstance(data, bytes) else b""
        name = "body.html" if body.get_content_type() == "text/html" else "body.txt"
        _include(builder, raw, name, limits, parse_part, 2)
    for number, attached in enumerate(message.iter_attachments()):
        if number == ATTACHMENTS_MAX:
            break
        data = attached.get_payload(decode=True)
        name = attached.get_filename() or "attachment"
        builder.heading(2, f"Attachment: {name}")
        _include(builder, data if isinstance(data, bytes) else b"", name, limits, parse_part, 3)
    return builder.document(subject, "message/rfc822")


def _include(
    builder: DocumentBuilder, data: bytes, name: str, limits: Limits, parse_part: ParsePart, level: int
) -> None:
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
    builder = DocumentBuilder(limits)
    for number, itemref in enumerate(package.xpath("//*[local-name()='itemref']"), 1):
        href = items.get(str(itemref.get("idref")))
        if href is None:
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(str(roots[0])), unquote(href.partition("#")[0])))
        if number > limits.pages_max:
            raise ParseError(f"the EPUB has more than {limits.pages_max} chapters")
        builder.include(html(part(archive, name, "EPUB"), limits), 1)
    return builder.document(str(titles[0]) if titles else "", "application/epub+zip")
