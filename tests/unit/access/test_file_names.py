"""Names of files in archives: safe everywhere, and never the same file twice."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aistack.access.exporting.file_names import BYTES_MAX, FileNames, file_name, is_safe


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\ada\\x.txt", "C_/Users/ada/x.txt"),
        ("con.txt", "_con.txt"),
        ("a/NUL/b", "a/_NUL/b"),
        ("a\x00b\n.md", "a_b_.md"),
        ("report\u202efdp.exe", "report_fdp.exe"),
        ("name. . .", "name"),
        ("...", "unnamed"),
        ("", "unnamed"),
        ("年度报告.docx", "年度报告.docx"),
    ],
)
def test_a_path_stays_inside_and_keeps_its_folders(given: str, expected: str):
    assert FileNames().added(given) == expected


def test_equal_names_are_numbered():
    names = FileNames()
    assert [names.added(one) for one in ("a.txt", "A.TXT", "a.txt", "x/a.txt", "cafe\u0301", "caf\u00e9")] == [
        "a.txt", "A (2).TXT", "a (3).txt", "x/a.txt", "caf\u00e9", "caf\u00e9 (2)",
    ]  # fmt: skip


def test_a_file_and_a_folder_do_not_share_a_name():
    names = FileNames()
    assert [names.added(one) for one in ("a", "a/b", "c/d", "c")] == ["a", "a_/b", "c/d", "c (2)"]


@given(st.lists(st.text(st.characters() | st.sampled_from("/\\. aAéCONé\u0301ß"), max_size=300), max_size=12))
@example(["x" * 250, "x" * 250 + "y", "a" * 199 + ". b", ". .", "con", "CON ", "a /b", "a/b"])
def test_any_names_become_safe_and_different_files(given: list[str]):
    names = FileNames()
    found = [names.added(one) for one in given]
    assert all(is_safe(one) for one in found), found
    keys = [unicodedata.normalize("NFKC", one).casefold() for one in found]
    folders = {key.rpartition("/")[0] for key in keys}
    assert len(set(keys)) == len(keys) and not folders & set(keys)
    assert all(len(part.encode()) <= BYTES_MAX for one in found for part in one.split("/"))


@given(st.text(max_size=400))
def test_a_file_name_is_not_changed_again(text: str):
    assert file_name(file_name(text)) == file_name(text)


@pytest.mark.parametrize("path", ["", "/a", "a/../b", "a//b", "a\\b", "a/", ".", "con", "a\nb", "x" * 300])
def test_what_is_not_safe(path: str):
    assert not is_safe(path)
