"""models: sentence models for semantic search, downloaded to this machine."""

import sys
from pathlib import Path

import click

from aistack.cli.output import fail, loaded_stack, table
from aistack.llm.download import HUB, PullFailed, import_folder, pull, verify
from aistack.llm.known_models import KNOWN, KnownModel
from aistack.stack.data_paths import DataPaths

MIRROR = "AISTACK_MODELS_MIRROR"


@click.group()
def models() -> None:
    """List, pull and verify sentence models. Nothing is downloaded until you pull."""


@models.command("list")
def list_models() -> None:
    """Show the known models, and which of them are installed."""
    folder = DataPaths(loaded_stack().data_dir).models
    rows = [
        (one.name, "installed" if (folder / one.name).is_dir() else "-", f"{one.megabytes} MB", one.licence, one.about)
        for one in KNOWN.values()
    ]
    click.echo(table(("NAME", "STATE", "SIZE", "LICENCE", "ABOUT"), rows))


@models.command("show")
@click.argument("name")
def show_model(name: str) -> None:
    """Show a model's source and the SHA-256 of its files."""
    model = _known(name)
    click.echo(f"{model.name}: {model.about}")
    click.echo(f"{model.licence}, {model.megabytes} MB, {HUB}/{model.repository} at {model.revision}")
    click.echo(table(("FILE", "SHA-256"), [(file, model.sha256.get(file, "-")) for file in model.files]))


@models.command("pull")
@click.argument("name")
@click.option("--mirror", default="", help=f"A server with the same paths as {HUB}; ${MIRROR} by default.")
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    help="A folder with the files, for machines without network access.",
)
def pull_model(name: str, mirror: str, folder: Path | None) -> None:
    """Download a model; an interrupted download is resumed."""
    model = _known(name)
    place = DataPaths(loaded_stack().data_dir).models
    try:
        if folder is not None:
            done = import_folder(model, place, folder, _progress)
        else:
            done = pull(model, place, mirror or loaded_stack().environment.get(MIRROR, ""), _progress)
    except (PullFailed, OSError) as error:
        fail(str(error))
    click.echo(f"{name} ({model.licence}) is at {done}; use it with RAG_EMBEDDER={name}", err=True)


@models.command("verify")
@click.argument("name")
def verify_model(name: str) -> None:
    """Compare a model's files with the checksums recorded at download."""
    try:
        changed = verify(DataPaths(loaded_stack().data_dir).models / name)
    except PullFailed as error:
        fail(str(error))
    if changed:
        fail(f"{name}: {', '.join(changed)} have changed; pull the model again")
    click.echo(f"{name} is unchanged")


def _known(name: str) -> KnownModel:
    model = KNOWN.get(name)
    if model is None:
        fail(f"{name} is not a known model; known models: {', '.join(KNOWN)}")
    return model


def _progress(name: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        share = f"{done * 100 // total:3} %" if total else f"{done >> 20} MB"
        click.echo(f"\r\033[K{name} {share}", nl=done >= total > 0, err=True)
