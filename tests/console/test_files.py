"""The console's files over HTTP: compressed, revalidated, and within their budgets."""

import gzip

import httpx
import pytest

from aistack.gateway.routes.console_files import START, STATIC, modules_of

FIRST_PAGE_BYTES_MAX = 120_000
PAGE_BYTES_MAX = 450_000
# What a page of each kind loads when everything on it is used; pdf.js and Vega have no budget.
PAGES = {
    "chat": ("markdown.js", "highlight.js", "maths.js", "uplot.js", "virtual_list.js"),
    "documents": ("graph.js", "graph_layout.js", "highlight.js", "virtual_list.js", "markdown.js"),
    "data": ("codemirror.js", "uplot.js", "virtual_list.js", "highlight.js"),
}


def compressed(*names: str) -> int:
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 6)) for name in names)


def test_a_file_is_compressed_and_revalidated(origin: str):
    url = f"{origin}/console/vendor/codemirror.js"
    answer = httpx.get(url, headers={"accept-encoding": "gzip"})
    kept = (STATIC / "vendor" / "codemirror.js").read_bytes()
    assert answer.content == kept
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(kept) / 2
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")
    again = httpx.get(url, headers={"accept-encoding": "gzip", "if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_is_sent_plain_to_those_who_ask_for_that(origin: str):
    answer = httpx.get(f"{origin}/console/vendor/preact.js", headers={"accept-encoding": "identity"})
    assert answer.content == (STATIC / "vendor" / "preact.js").read_bytes()
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"


def test_the_first_page_is_within_its_budget():
    assert compressed(*modules_of(START)) <= FIRST_PAGE_BYTES_MAX


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_all_its_libraries_is_within_its_budget(page: str):
    vendored = [f"vendor/{name}" for name in PAGES[page]]
    assert compressed(*modules_of(START), *vendored) <= PAGE_BYTES_MAX
