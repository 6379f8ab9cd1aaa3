"""add: files and folders become documents."""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from aistack.cli.documents.local_files import LocalFile, local_files
from aistack.cli.documents.progress import Progress
from aistack.cli.documents.sending import Sender
from aistack.cli.documents.stack_options import FAILED, Address, address, run, stack_options
from aistack.cli.documents.watching import watch_folders
from aistack.cli.output import fail
from aistack.rag.file_wire import upload_name

STDIN = "-"
PIECE_BYTES = 1024 * 1024
SECONDS_MAX = 120.0  # of a call without progress
AGAIN = "run the same command again to go on; what has arrived is not sent again"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-c", "--collection", default="default", show_default=True, help="Name or id of a collection.")
@click.option("--watch", is_flag=True, help="Keep running: follow changes, new files and deletions.")
@click.option("--encoding", default="", help="The encoding of the text files, such as gb18030; detected by default.")
@click.option("--name", default="", help="The name of the document that is read from standard input (PATH is -).")
@stack_options
def add(
    paths: tuple[str, ...], collection: str, watch: bool, encoding: str, name: str, url: str, key: str, as_json: bool
) -> None:
    """Add files and folders to a collection. Exits with status 1 if one of them failed.

    PATH is a file, a folder, a pattern such as 'docs/**/*.md', or - for standard input. Hidden files in folders are
    left out. A document is called like the path that is given; add it again to replace it. Unchanged files are not
    sent, so run an interrupted command again to go on.
    """
    stack = address(url, key)
    progress = Progress(as_json=as_json, as_lines=watch)
    if STDIN in paths:
        if len(paths) > 1 or watch or not upload_name(name):
            fail("- reads one document from standard input: aistack add - --name NAME, without --watch")
        with tempfile.NamedTemporaryFile(prefix="aistack-add-") as copy:
            path = Path(copy.name)
            try:
                while piece := sys.stdin.buffer.read(PIECE_BYTES):
                    copy.write(piece)
                copy.flush()
            except OSError as error:
                fail(f"standard input cannot be read: {error}")
            run(_send(stack, collection, encoding, [LocalFile(upload_name(name), path)], progress), AGAIN)
    elif name:
        fail("--name is for standard input; files are called like their paths")
    elif watch:
        run(watch_folders(stack, collection, encoding, paths, progress), "the documents stay")
    else:
        if progress.is_shown:
            progress.total = sum(1 for _ in local_files(paths))
        run(_send(stack, collection, encoding, local_files(paths), progress), AGAIN)
    progress.finish(collection)
    if progress.counts["failed"]:
        sys.exit(FAILED)


async def _send(stack: Address, collection: str, encoding: str, files: Iterable[LocalFile], progress: Progress) -> None:
    async with stack.client(SECONDS_MAX) as client:
        await client.documents(collection, limit=1)  # fails early if the stack, the key or the collection is wrong
        await Sender(client, collection, progress.report, encoding).send(progress.sendable(files))
