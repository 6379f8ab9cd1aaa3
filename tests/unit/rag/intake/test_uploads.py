"""Multipart bodies, whole and broken, in pieces of any size."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aistack.chassis.errors import InvalidInput
from aistack.rag.intake.uploads import StagedFile, UploadReceiver

TYPE = "multipart/form-data; boundary=XX"


def body(*files: tuple[str, bytes], end: bytes = b"--XX--\r\n", field: str = "files") -> bytes:
    head = b'--XX\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\n\r\n%b\r\n'
    return b"".join(head % (field.encode(), name.encode(), content) for name, content in files) + end


async def receive(folder: Path, data: bytes, step: int = 65536, **limits: int) -> list[StagedFile]:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(data), step):
            yield data[at : at + step]

    return await UploadReceiver(TYPE, folder, limits.get("bytes", 1000), limits.get("files", 5)).receive(pieces())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 50))
async def test_a_file_arrives_as_it_was_sent_however_it_is_cut(tmp_path: Path, content: bytes, step: int):
    (staged,) = await receive(tmp_path, body(("a.txt", content)), step)
    assert staged.path.read_bytes() == content
    assert staged.sha256 == hashlib.sha256(content).hexdigest()


async def test_names_are_relative_paths_without_control_characters(tmp_path: Path):
    names = ("../../etc/passwd", "docs\\报告.pdf", "/a//./b\x07.md", "Budget 2023/24.txt")
    files = await receive(tmp_path, body(*[(name, b"x") for name in names]))
    assert [one.name for one in files] == ["etc/passwd", "docs/报告.pdf", "a/b.md", "Budget 2023/24.txt"]
    assert all(one.path.parent == tmp_path and not one.error for one in files)


async def test_files_without_a_name_or_with_one_too_long_are_marked(tmp_path: Path):
    files = await receive(tmp_path, body(("\x07", b"x"), ("../", b"y"), ("a" * 501, b"z"), ("a" * 500, b"w")))
    assert [one.error for one in files] == [
        "the file has no name; send one", "the file has no name; send one",
        "the name is longer than 500 characters", "",
    ]  # fmt: skip


async def test_different_files_of_one_name_are_refused_and_equal_ones_are_not(tmp_path: Path):
    files = await receive(tmp_path, body(("x/a", b"1"), ("y/a", b"2"), ("b", b"3"), ("b", b"4"), ("./b", b"3")))
    assert [one.error for one in files[:2]] == ["", ""]
    assert all("2 different files in this upload are called b" in one.error for one in files[2:])
    files = await receive(tmp_path, body(("a", b"1"), ("a", b"1")))
    assert [one.error for one in files] == ["", ""]


async def test_a_file_over_the_limit_is_marked_and_the_others_go_on(tmp_path: Path):
    files = await receive(tmp_path, body(("big", b"x" * 1001), ("small", b"x")))
    assert [bool(one.error) for one in files] == [True, False]
    assert files[0].path.stat().st_size <= 1000


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "incomplete"),
        (body(("a", b"x"))[:-20], "incomplete"),
        (b"nonsense", "malformed"),
        (b"--XX--\r\n", "contains no file|malformed"),
        (body(("a", b"x"), field="file"), "must be in the field"),
        (body(*[("a", b"x")] * 6), "more than 5 files"),
    ],
)
async def test_a_broken_body_is_refused_and_leaves_nothing(tmp_path: Path, data: bytes, says: str):
    with pytest.raises(InvalidInput, match=says):
        await receive(tmp_path, data)
    assert list(tmp_path.iterdir()) == []
