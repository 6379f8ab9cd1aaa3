"""Mail (RFC 5322 with MIME) and electronic books (EPUB): documents made of documents."""

import posixpath
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import unquote

from aistack.rag.parsing.chunking import ParsedDocument
from aistack.rag.parsing.formats.archives import open_zip, part, xml
from aistack.rag.parsing.formats.builder import Builder, CannotParse, Limits
from aistack.rag.parsing.formats.markup import html

SHOWN_HEADERS = ("From", "To", "Cc", "Date")
ATTACHMENTS_MAX = 50
CONTAINER = "META-INF/container.xml"

ParsePart = Callable[[bytes, str, Limits], ParsedDocument]


def mail(content: bytes, limits: Limits, parse_part: ParsePart) -> ParsedDocument:
    """Who wrote to whom, what, and what was attached; an attachment that cannot be read is named."""
    try:
        message = BytesParser(policy=policy.default).parsebytes(content)
        subject = str(message.get("Subject", "") or "")
        lines = [f"{name}: {message[name]}" for name in SHOWN_HEADERS if message.get(name)]
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise CannotParse(f"the mail is malformed: {error}") from None
    assert isinstance(message, EmailMessage)
    builder = Builder(limits)
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


def _include(builder: Builder, data: bytes, name: str, limits: Limits, parse_part: ParsePart, level: int) -> None:
    try:
        if data.strip():
            builder.include(parse_part(data, name, limits), level)
    except CannotParse as error:
        builder.block(f"({name}: {error})")


def epub(content: bytes, limits: Limits) -> ParsedDocument:
    """The chapters in the order of the book's spine."""
    archive = open_zip(content, "EPUB")
    container = xml(part(archive, CONTAINER, "EPUB"), "EPUB")
    roots = container.xpath("//*[local-name()='rootfile']/@full-path")
    if not roots:
        raise CannotParse("the EPUB does not say where its contents are")
    package = xml(part(archive, str(roots[0]), "EPUB"), "EPUB")
    items = {
        str(item.get("id")): str(item.get("href"))
        for item in package.xpath("//*[local-name()='item']")
        if "html" in str(item.get("media-type"))
    }
    titles = package.xpath("//*[local-name()='title']/text()")
    builder = Builder(limits)
    for number, itemref in enumerate(package.xpath("//*[local-name()='itemref']"), 1):
        href = items.get(str(itemref.get("idref")))
        if href is None:
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(str(roots[0])), unquote(href.partition("#")[0])))
        if number > limits.pages_max:
            raise CannotParse(f"the EPUB has more than {limits.pages_max} chapters")
        builder.include(html(part(archive, name, "EPUB"), limits), 1)
    return builder.document(str(titles[0]) if titles else "", "application/epub+zip")
