"""Files under keys, in a folder or in S3, chosen by a URL. A key is written completely or not at all."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from aistack.stack.errors import StackError
from aistack.stack.secrets import secret_from_environment

if TYPE_CHECKING:
    from obstore.store import ObjectStore, S3Config


class FilesFailed(Exception):
    """The file store cannot be used; the message says where and why."""


class FileStore:
    """Files by key. Keys are relative paths of plain characters, such as `ab/abcdef...`."""

    def __init__(self, url: str, default_folder: Path) -> None:
        """`url` empty means `default_folder`. Raises FilesFailed for a URL that cannot be used."""
        from obstore.exceptions import BaseError
        from obstore.store import LocalStore, from_url

        self.folder: Path | None = None
        try:
            if not url or url.startswith("file://"):
                self.folder = Path(url.removeprefix("file://")) if url else default_folder
                self._store: ObjectStore = LocalStore(prefix=str(self.folder), mkdir=True)
            else:
                self._store = from_url(url, config=_credentials()) if url.startswith("s3://") else from_url(url)
        except (BaseError, ValueError, OSError, StackError) as error:
            raise FilesFailed(f"files at {url or default_folder} cannot be used: {error}") from error

    async def put(self, key: str, source: Path) -> None:
        """Stores the file at `source` under `key`, replacing what was there."""
        await self._store.put_async(key, source)

    async def exists(self, key: str) -> bool:
        try:
            await self._store.head_async(key)
        except FileNotFoundError:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Deletes the file, if it exists."""
        if await self.exists(key):
            await self._store.delete_async(key)

    @asynccontextmanager
    async def local(self, key: str) -> AsyncGenerator[Path]:
        """A local path with the content while the block runs. Raises FileNotFoundError."""
        if self.folder is not None:
            path = self.folder / key
            if not path.is_file():
                raise FileNotFoundError(key)
            yield path
            return
        with NamedTemporaryFile(prefix="aistack-") as copy:
            answer = await self._store.get_async(key)
            async for part in answer.stream():
                copy.write(bytes(part))
            copy.flush()
            yield Path(copy.name)


def _credentials() -> "S3Config":
    """S3 credentials that come from a file. obstore itself reads those in the environment."""
    found: S3Config = {}
    if key := secret_from_environment("AWS_ACCESS_KEY_ID")[0]:
        found["access_key_id"] = key
    if secret := secret_from_environment("AWS_SECRET_ACCESS_KEY")[0]:
        found["secret_access_key"] = secret
    return found
