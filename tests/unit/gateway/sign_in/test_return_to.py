"""After signing in one comes back to a page of this site, never to another site."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.gateway.sign_in.pages.return_to import return_path, sign_in_path


@pytest.mark.parametrize(
    "path", ["/", "/console/library", "/console/questions?id=1&x=%2F%2Fevil", "/rag/a:b@c", "/a//b"]
)
def test_paths_of_this_site_are_kept(path: str):
    assert return_path(path) == path


@pytest.mark.parametrize(
    "address",
    [
        "", "https://evil.test", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test",
        "/\n/evil.test", "javascript:alert(1)", "evil.test", "/%0d%0aset-cookie:a\r\nx: y", "/\u2044evil", " /a",
        "/a b",
        "/sign-in", "/sign-in/link?token=1", "http:/evil", "/" + "a" * 3000,
    ],
)  # fmt: skip
def test_everything_else_leads_to_the_start_page(address: str):
    assert return_path(address) == "/"


@given(st.text(alphabet="/\\:.@?#%ab\t\n 。", max_size=30))
def test_a_browser_stays_on_this_site(text: str):
    path = return_path(text)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert "\\" not in path
    assert path.isprintable()


def test_the_sign_in_page_knows_the_way_back():
    assert sign_in_path() == "/sign-in"
    assert sign_in_path("/console/library?a=b&c=d") == "/sign-in?next=/console/library%3Fa%3Db%26c%3Dd"
