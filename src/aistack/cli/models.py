"""models: chat, embedding and reranking models, downloaded to this machine."""

import importlib
import shutil
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
    """List, pull, verify and remove local models. Nothing is downloaded until you pull."""


@models.command("list")
def list_models() -> None:
    """Show the known models, and which of them are installed."""
    folder = DataPaths(loaded_stack().data_dir).models
    rows = [
        (
            one.name,
            "installed" if (folder / one.name).is_dir() else "-",
            f"{one.megabytes} MB",
            one.licence,
            one.languages,
            one.sources,
            one.about,
        )
        for one in KNOWN.values()
    ]
    click.echo(table(("NAME", "STATE", "SIZE", "LICENCE", "LANGUAGES", "FROM", "ABOUT"), rows))


@models.command("show")
@click.argument("name")
def show_model(name: str) -> None:
    """Show a model's sources, the SHA-256 of its files, and the memory it takes once it is installed."""
    model = _known(name)
    click.echo(f"{model.name}: {model.about}; {model.languages}")
    click.echo(f"{model.licence}, {model.megabytes} MB")
    if model.repository:
        click.echo(f"hub: {HUB}/{model.repository} at {model.revision}")
    for file in model.packages:
        packages = ", ".join(f"{wheel.package} {wheel.version}" for wheel in file.wheels)
        click.echo(f"packages for {file.name}: {packages}")
    sums = {file.name: file.sha256 for file in model.packages} | model.sha256
    click.echo(table(("FILE", "SHA-256"), [(file, sums.get(file, "-")) for file in model.files]))
    _memory(DataPaths(loaded_stack().data_dir).models / name)


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
    use = {
        "chat": f"serve it with: aistack worker --serve --model {name}",
        "embedding": f"use it with RAG_EMBEDDER={name}",
        "rerank": f"use it with RAG_RERANKER={name}",
    }
    how = use["chat"] if model.converted else use[model.kind]
    click.echo(f"{name} ({model.licence}) is at {done}; {how}", err=True)
    _memory(done)


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


@models.command("rm")
@click.argument("name")
def remove_model(name: str) -> None:
    """Remove a model's files, and those of an interrupted download."""
    _known(name)
    place = DataPaths(loaded_stack().data_dir).models
    folders = [folder for folder in (place / name, place / f".{name}.part") if folder.is_dir()]
    if not folders:
        fail(f"{name} is not installed")
    for folder in folders:
        shutil.rmtree(folder)
    click.echo(f"{name} is removed")


def _memory(folder: Path) -> None:
    """Prints what a chat model takes in memory, if there is one in the folder."""
    gguf = importlib.import_module("aistack.llm.gguf")
    for path in sorted(folder.glob("*.gguf")):
        try:
            click.echo(gguf.read_header(path).memory().described(), err=True)
        except gguf.BadGguf as error:
            fail(f"{path}: {error}")


def _known(name: str) -> KnownModel:
    model = KNOWN.get(name)
    if model is None:
        fail(f"{name} is not a known model; known models: {', '.join(KNOWN)}")
    return model


def _progress(name: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        share = f"{done * 100 // total:3} %" if total else f"{done >> 20} MB"
        click.echo(f"\r\033[K{name} {share}", nl=done >= total > 0, err=True)
