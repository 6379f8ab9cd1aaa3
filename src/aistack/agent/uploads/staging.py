"""Bodies of requests on their way to disk: never held in memory, limited in size, hashed on the way."""

import base64
import binascii
import contextlib
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from starlette.requests import ClientDisconnect

from aistack.chassis.errors import InvalidInput, Problem, TooLarge

LEFT_SECONDS = 3_600
ALGORITHMS = ("sha256", "sha1", "md5")


class ChecksumMismatch(Problem):
    code = "checksum-mismatch"
    status = 460  # as in the tus protocol


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the next piece must have."""

    algorithm: str
    digest: bytes


def read_checksum(header: str) -> Checksum | None:
    """`Upload-Checksum: sha256 BASE64`. None without the header. Raises InvalidInput."""
    if not header:
        return None
    algorithm, _, value = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise InvalidInput(f"Upload-Checksum: {algorithm[:40]} is not supported; use {', '.join(ALGORITHMS)}")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise InvalidInput(f"Upload-Checksum: the value is not a {algorithm} digest in base64")
    return Checksum(algorithm, digest)


@dataclass
class StagedFile:
    """A file on disk. Closing it is the caller's."""

    path: Path
    name: str = ""
    size: int = 0
    file: BinaryIO | None = None
    hash: Any = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        return self.hash.hexdigest()

    def write(self, data: bytes) -> None:
        if self.file is None:
            self.file = self.path.open("wb")
        self.file.write(data)
        self.hash.update(data)
        self.size += len(data)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None

    def discard(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)


class Staging:
    """A folder for files that are on their way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def clear(self) -> None:
        """Removes what an earlier process left. Call it before requests are served."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        limit = time.time() - LEFT_SECONDS  # another instance may use the folder
        for one in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if one.stat().st_mtime < limit:
                    one.unlink()

    def new(self, name: str = "") -> StagedFile:
        return StagedFile(self._folder / uuid.uuid4().hex, name)

    @contextmanager
    def file(self) -> Generator[StagedFile]:
        """A file that is gone after the block."""
        staged = self.new()
        try:
            yield staged
        finally:
            staged.discard()

    async def receive(self, body: AsyncIterator[bytes], name: str, bytes_max: int) -> StagedFile:
        """A whole body. Raises TooLarge, and InvalidInput if the connection ended before its end."""
        staged = self.new(name)
        try:
            async for data in body:
                if staged.size + len(data) > bytes_max:
                    raise TooLarge(f"the file is larger than {bytes_max} bytes")
                staged.write(data)
            staged.close()
        except ClientDisconnect:
            staged.discard()
            raise InvalidInput("the upload is incomplete; send it again") from None
        except BaseException:
            staged.discard()
            raise
        return staged
