"""Every text of the console is there in both languages, and every text that is used is there."""

import re
from pathlib import Path

import aistack

STATIC = Path(aistack.__file__).parent / "console" / "static"
KEY = re.compile(r"""^  (?:"([\w.-]+)"|(\w+)):""", re.MULTILINE)
USED = re.compile(r"""\bsay\(\s*["`]([a-z_]+\.[\w.-]*)(\$\{)?""")
CONDITIONAL = re.compile(r"""\bsay\([^()"`]*\?\s*"([a-z_]+\.[\w.-]+)"\s*:\s*"([a-z_]+\.[\w.-]+)\"""")


def keys(language: str) -> set[str]:
    """All keys of a language, as `say` takes them."""
    return {
        f"{file.stem}.{quoted or bare}"
        for file in (STATIC / "words" / language).glob("*.js")
        for quoted, bare in KEY.findall(file.read_text("utf-8"))
    }


def used() -> tuple[set[str], set[str]]:
    """The keys that the code names, and the beginnings of those that it composes."""
    whole: set[str] = set()
    begun: set[str] = set()
    for folder in ("api", "components", "pages", "shell"):
        for file in (STATIC / folder).rglob("*.js"):
            code = re.sub(r"^\s*(?://|\*|/\*).*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
            for key, is_composed in USED.findall(code):
                (begun if is_composed else whole).add(key)
            whole.update(key for pair in CONDITIONAL.findall(code) for key in pair)
    return whole, begun


def test_both_languages_have_the_same_texts():
    english = keys("en")
    assert len(english) > 100
    assert english == keys("zh")


def test_every_text_that_is_used_is_there():
    english = keys("en")
    whole, begun = used()
    assert whole - english == set()
    assert [one for one in begun if not any(key.startswith(one) for key in english)] == []


def test_every_page_of_the_list_has_its_files():
    ids = re.findall(r"""id: "(\w+)", path:""", (STATIC / "pages.js").read_text("utf-8"))
    ids += re.findall(r"""id: "(\w+)",\s+path:""", (STATIC / "pages.js").read_text("utf-8"))
    assert set(ids) >= {"chat", "documents", "data", "models", "operate"}
    for one in set(ids):
        assert (STATIC / "pages" / one / "page.js").is_file()
        assert {f"{one}.title", f"shell.page-{one}"} <= keys("en")
