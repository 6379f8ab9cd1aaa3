"""Which files a path means, and what their documents are called."""

import os
from pathlib import Path

import pytest

from aistack.cli.documents.local_files import local_files


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("docs/a.md", "docs/sub/b.md", "docs/.git/c", "docs/.hidden.md", "notes.txt", "other/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*places: str) -> list[str]:
    return [one.name for one in local_files(places)]


def errors(*places: str) -> dict[str, str]:
    return {one.name: one.error for one in local_files(places) if one.error}


def test_a_file_is_called_like_its_path_as_it_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch):
    assert names("docs", "./notes.txt") == ["docs/a.md", "docs/sub/b.md", "notes.txt"]
    assert names(".") == ["notes.txt", "docs/a.md", "docs/sub/b.md", "other/a.md"]
    assert names(str(folder / "docs"), str(folder / "notes.txt")) == ["docs/a.md", "docs/sub/b.md", "notes.txt"]
    monkeypatch.chdir(folder / "other")
    assert names("../docs/sub") == ["sub/b.md"]


def test_patterns_are_expanded_and_a_file_is_sent_once(folder: Path):
    assert names("docs/**/*.md", "docs/a.md") == ["docs/a.md", "docs/sub/b.md"]
    assert names(f"{folder}/docs/**/b.md") == ["docs/sub/b.md"]
    (folder / "[x].md").write_text("x")
    assert names("[x].md") == ["[x].md"]


def test_hidden_files_are_left_out_unless_they_are_named():
    assert names("docs/.hidden.md") == ["docs/.hidden.md"]
    assert names("docs/.git") == ["docs/.git/c"]


def test_two_files_of_one_name_are_not_mixed_up(folder: Path):
    (same,) = errors(str(folder / "docs" / "a.md"), str(folder / "other" / "a.md")).values()
    assert "docs/a.md has the same name" in same


def test_links_to_the_outside_are_left_out_and_loops_end(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    outside = tmp_path_factory.mktemp("outside") / "secret.txt"
    outside.write_text("secret")
    (folder / "docs" / "out.txt").symlink_to(outside)
    (folder / "docs" / "in.md").symlink_to("a.md")
    (folder / "docs" / "loop").symlink_to("..")
    assert names("docs") == ["docs/a.md", "docs/in.md", "docs/sub/b.md"]


def test_what_cannot_be_sent_is_named_with_the_reason(folder: Path):
    os.mkfifo(folder / "pipe")
    (folder / "docs" / os.fsdecode(b"\xff.txt")).write_text("x")
    deep = "/".join(["d" * 200] * 3)
    (folder / "docs" / deep).mkdir(parents=True)
    (folder / "docs" / deep / "long.txt").write_text("x")
    found = errors("docs", "nope.txt", "pipe", "no*.rst")
    assert found.pop(f"docs/{deep}/long.txt") == "the path is longer than 500 characters"
    assert found.pop("docs/?.txt") == "the name is not valid UTF-8"
    missing = "there is no such file"
    assert found == {"nope.txt": missing, "no*.rst": missing, "pipe": "this is neither a file nor a folder"}
