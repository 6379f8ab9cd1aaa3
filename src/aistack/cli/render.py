"""render: deployment files made from stack.toml."""

import io
import sys
import tarfile
from pathlib import Path

import click

from aistack.cli.output import fail, loaded_stack
from aistack.deploy.rendering.targets import TARGETS
from aistack.stack.errors import StackError


@click.command()
@click.argument("target", type=click.Choice((*TARGETS, "all")))
@click.option("--out", type=click.Path(path_type=Path), help="Output folder; deployments/TARGET by default.")
@click.option("--tar", is_flag=True, help="Write a tar archive to standard output instead.")
def render(target: str, out: Path | None, tar: bool) -> None:
    """Write the deployment files of a target from stack.toml."""
    from aistack.deploy.rendering import targets

    stack = loaded_stack()
    archive: dict[str, str] = {}
    try:
        for one in TARGETS if target == "all" else (target,):
            files = targets.render(one, stack)
            if tar:
                archive |= {(f"{one}/{name}" if target == "all" else name): text for name, text in files.items()}
                continue
            folder = (out / one if target == "all" else out) if out else Path("deployments") / one
            for path in targets.write(files, folder):
                click.echo(path)
    except StackError as error:
        fail(str(error))
    if tar:
        sys.stdout.buffer.write(_tar(archive))


def _tar(files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, text in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            data = text.encode()
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()
