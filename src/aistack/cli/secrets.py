"""secrets: secret files for a stack whose services do not share a data folder."""

from pathlib import Path

import click

from aistack.cli.output import fail, loaded_stack
from aistack.deploy.secrets import make_secrets
from aistack.stack.errors import StackError


@click.group()
def secrets() -> None:
    """Secrets for a stack that runs in containers, under systemd or on Kubernetes."""


@secrets.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files.")
@click.option(
    "--production", is_flag=True, help="Also create those of PostgreSQL, Redis, the object store and Grafana."
)
def init(out: Path, production: bool) -> None:
    """Create the missing secrets, one file each. Existing files are kept."""
    try:
        made = make_secrets(loaded_stack(), out, production=production)
    except StackError as error:
        fail(str(error))
    for path in made:
        click.echo(path)
    if not made:
        click.echo(f"All secrets already exist in {out}.", err=True)
