"""Fetches a page of the public web as text. Its URL may carry data out, so it counts as sending."""

from collections.abc import AsyncIterable

from pydantic import Field

from aistack.agent.tool_protocol import Citation, Permission, ToolContext, ToolResult
from aistack.agent.tools.typed_tool import Arguments, TypedTool
from aistack.chassis.web.public_web import URL_CHARACTERS_MAX, FetchFailed, PublicWeb

BYTES_MAX = 5_000_000
TEXT_CHARACTERS_MAX = 40_000
TEXT_TYPES = (
    "text/",
    "application/json",
    "application/xml",
    "application/xhtml",
    "application/rss",
    "application/atom",
)
HIDDEN = "script, style, noscript, template, iframe, svg, head, nav, footer, [hidden], [aria-hidden=true]"
BLOCKS = "p, div, br, li, tr, h1, h2, h3, h4, h5, h6, blockquote, pre, section, article, table, ul, ol, dd, dt"


class PageAddress(Arguments):
    url: str = Field(min_length=8, max_length=URL_CHARACTERS_MAX, description="starts with https:// or http://")


class FetchPage(TypedTool[PageAddress]):
    """`web` refuses addresses that are not public."""

    name = "fetch_page"
    description = (
        "Fetches one public web page or text file and gives its text. Use it for an address that the user gave or that "
        "a result names. It cannot log in, and sees no private addresses."
    )
    arguments = PageAddress
    permission = Permission.SEND
    seconds_max = 60.0

    def __init__(self, web: PublicWeb) -> None:
        self._web = web

    async def call(self, arguments: PageAddress, context: ToolContext) -> ToolResult:
        try:
            async with self._web.get(arguments.url, {"user-agent": "aistack-agent", "accept": "text/html, text/*"}) as (
                response, way,
            ):  # fmt: skip
                media_type = response.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
                if not response.is_success:
                    return ToolResult("", error=f"{arguments.url} answered {response.status_code}")
                if not media_type.startswith(TEXT_TYPES):
                    return ToolResult("", error=f"{arguments.url} is {media_type}; only pages and text are fetched")
                content, is_cut = await _bounded(response.aiter_bytes())
                encoding = response.charset_encoding or "utf-8"
        except FetchFailed as failed:
            return ToolResult("", error=str(failed))
        title, text = page_text(_decoded(content, encoding), "html" in media_type)
        is_cut = is_cut or len(text) > TEXT_CHARACTERS_MAX
        text = text[:TEXT_CHARACTERS_MAX]
        data = {"url": arguments.url, "redirects": way, "title": title, "is_cut": is_cut}
        note = "\n(cut off)" if is_cut else ""
        return ToolResult(f"{title}\n\n{text}{note}".strip(), data, [Citation(title, arguments.url)], is_untrusted=True)


def page_text(page: str, is_html: bool) -> tuple[str, str]:
    """The title and the visible text of a page, a line for each block."""
    if not is_html:
        return "", page
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(page)
    head = tree.css_first("title")
    title = " ".join(head.text().split()) if head is not None else ""
    if tree.body is None:
        return title, ""
    for hidden in tree.body.css(HIDDEN):
        hidden.decompose()
    for block in tree.body.css(BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    lines = (" ".join(line.split()) for line in tree.body.text(deep=True).splitlines())
    return title, "\n".join(line for line in lines if line)


async def _bounded(parts: AsyncIterable[bytes]) -> tuple[bytes, bool]:
    content = bytearray()
    async for part in parts:
        content += part
        if len(content) > BYTES_MAX:
            return bytes(content[:BYTES_MAX]), True
    return bytes(content), False


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
