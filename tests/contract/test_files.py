"""One contract for the file store, on a folder and on an S3 server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aistack.stores.files import FilesFailed, FileStore
from harness.servers.s3 import s3


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    with s3("docs") as url:
        yield url


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    if request.param == "folder":
        return FileStore("", tmp_path / "files")
    monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3_url"))
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return FileStore("s3://docs/prefix", tmp_path)


async def test_what_was_put_is_there_until_it_is_deleted(store: FileStore, tmp_path: Path):
    source = tmp_path / "source"
    source.write_bytes(b"content" * 100_000)
    assert not await store.exists("ab/abc")
    await store.put("ab/abc", source)
    assert await store.exists("ab/abc")
    async with store.local("ab/abc") as path:
        assert path.read_bytes() == source.read_bytes()
    await store.delete("ab/abc")
    assert not await store.exists("ab/abc")
    await store.delete("ab/abc")


async def test_putting_again_replaces(store: FileStore, tmp_path: Path):
    for content in (b"one", b"two"):
        (tmp_path / "source").write_bytes(content)
        await store.put("k/key", tmp_path / "source")
    async with store.local("k/key") as path:
        assert path.read_bytes() == b"two"


async def test_what_is_not_there_is_not_found(store: FileStore):
    with pytest.raises(FileNotFoundError):
        async with store.local("no/thing"):
            pass


def test_a_url_that_cannot_be_used_is_refused(tmp_path: Path):
    with pytest.raises(FilesFailed, match="ftp://"):
        FileStore("ftp://somewhere", tmp_path)
