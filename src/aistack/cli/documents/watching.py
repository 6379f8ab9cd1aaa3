"""Follows files and folders: what is new or changed is sent, and what is deleted is deleted from the collection.

The names that were sent are kept in a file, so that deletions between two runs are noticed.
"""

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import Sequence

from aistack.chassis.errors import Problem
from aistack.cli.documents.local_files import LocalFile, local_files
from aistack.cli.documents.progress import Progress
from aistack.cli.documents.sending import RETRIED, Sender
from aistack.cli.documents.stack_options import Address
from aistack.cli.output import loaded_stack

CHECK_SECONDS = 1.0
REST = 10  # times as long as it took to look at the files, for huge folders
SECONDS_MAX = 60.0

Stamp = tuple[int, int, int]  # time of change of the content and of the file itself, in nanoseconds; size in bytes


async def watch_folders(
    stack: Address, collection: str, encoding: str, places: Sequence[str], progress: Progress
) -> None:
    """Follows the places until it is cancelled. Raises Problem when the stack refuses the files."""
    async with stack.client(SECONDS_MAX) as client:
        await client.documents(collection, limit=1)
        names = SentNames(stack.url, collection, places)
        watch = Watch(Sender(client, collection, progress.report, encoding), names, places, progress)
        is_away = False
        while True:
            try:
                await watch.check()
                is_away = False
            except Problem as problem:
                if problem.status not in RETRIED:
                    raise
                if not is_away:
                    progress.note(f"{problem.detail}; trying again")
                is_away = True
            await asyncio.sleep(max(CHECK_SECONDS, REST * watch.scan_seconds))


class SentNames:
    """The names of the documents that were sent from some places to a collection, in a file of the data folder."""

    def __init__(self, url: str, collection: str, places: Sequence[str]) -> None:
        key = "\n".join((url, collection, os.getcwd(), *sorted(places)))
        folder = loaded_stack().data_dir / "watched"
        self._path = folder / f"{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.txt"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.names: frozenset[str] = frozenset()
        with contextlib.suppress(FileNotFoundError):
            self.names = frozenset(self._path.read_text("utf-8").splitlines())

    def keep(self, names: frozenset[str]) -> None:
        """Replaces the names."""
        if names == self.names:
            return
        new = self._path.with_suffix(".new")
        new.write_text("".join(f"{name}\n" for name in sorted(names)), "utf-8")
        new.replace(self._path)
        self.names = names


class Watch:
    """Compares the files at some places with those that were sent."""

    def __init__(self, sender: Sender, sent: SentNames, places: Sequence[str], progress: Progress) -> None:
        self._sender = sender
        self._sent = sent
        self._places = places
        self._progress = progress
        self._stamps: dict[str, Stamp] = {}
        self._missing: set[str] = set()
        self._problems: dict[str, str] = {}
        self.scan_seconds = 0.0

    async def check(self) -> None:
        """Sends what has changed since the last check, and deletes what was missing at the last two."""
        began = time.monotonic()
        files, problems = await asyncio.to_thread(self._scan)
        self.scan_seconds = time.monotonic() - began
        new_problems = [one for one in problems if self._problems.get(one.name) != one.error]
        self._problems = {one.name: one.error for one in problems}
        for _ in self._progress.sendable(new_problems):
            pass
        changed = {name: stamp for name, (_, stamp) in files.items() if self._stamps.get(name) != stamp}
        self._sent.keep(self._sent.names | changed.keys())
        await self._sender.send(files[name][0] for name in changed)
        self._stamps |= changed
        missing = {one for one in self._sent.names - files.keys() if not _may_exist(one, problems)}
        deleted = sorted(missing & self._missing)
        await self._sender.delete(deleted)
        self._sent.keep(self._sent.names.difference(deleted))
        for name in deleted:
            self._stamps.pop(name, None)
        self._missing = missing.difference(deleted)

    def _scan(self) -> tuple[dict[str, tuple[LocalFile, Stamp]], list[LocalFile]]:
        """The files with their stamps by name, and those with an error."""
        files: dict[str, tuple[LocalFile, Stamp]] = {}
        problems: list[LocalFile] = []
        for one in local_files(self._places):
            if one.error:
                problems.append(one)
                continue
            with contextlib.suppress(FileNotFoundError):
                status = os.stat(one.path)
                files[one.name] = one, (status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        return files, problems


def _may_exist(name: str, problems: Sequence[LocalFile]) -> bool:
    """Whether a file that was not found is in a folder that cannot be read, or is a file that has another problem."""
    return any(
        not one.name or name.startswith(f"{one.name}/") or (name == one.name and os.path.lexists(one.path))
        for one in problems
    )
