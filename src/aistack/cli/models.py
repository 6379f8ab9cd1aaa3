"""models: chat, embedding and reranking models on this machine: pulled, used, removed."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aistack.cli.output import api_key, fail, loaded_stack, table
from aistack.llm import model_folders
from aistack.llm.download import HUB, PullFailed, import_folder, pull, verify
from aistack.llm.known_models import KNOWN, KnownModel
from aistack.llm.model_folders import NAME, FolderRefused, is_installed, link_folder
from aistack.stack.data_paths import DataPaths
from aistack.stack.errors import StackError
from aistack.stack.local_models import read_served
from aistack.stack.models import ROLES

if TYPE_CHECKING:
    from aistack.deploy.local_models import LocalModelStatus

MIRROR = "AISTACK_MODELS_MIRROR"
MEGABYTE, LARGE_BYTES = 1_000_000, 20_000_000


@click.group()
def models() -> None:
    """List, pull, use and remove local models. Nothing is downloaded until you pull or use one."""


@models.command("list")
def list_models() -> None:
    """Show the known and the installed models, and which of them are in use."""
    from aistack.deploy.local_models import statuses

    try:
        found = statuses(loaded_stack(), api_key())
    except StackError as error:
        fail(str(error))
    rows = [(one.name, _state(one), *_described(one)) for one in found]
    click.echo(table(("NAME", "STATE", "SIZE", "LICENCE", "LANGUAGES", "FROM", "ABOUT"), rows))


def _state(one: "LocalModelStatus") -> str:
    """Such as "in use (default), in memory"."""
    if not one.served:
        return {"absent": "-", "partial": "interrupted"}.get(one.state, one.state)
    roles = f" ({', '.join(one.roles)})" if one.roles else ""
    return f"in use{roles}" + (", in memory" if one.loaded else "")


def _described(one: "LocalModelStatus") -> tuple[str, str, str, str, str]:
    known = KNOWN.get(one.name)
    if known is None:
        return f"{one.size // MEGABYTE} MB", "-", "-", "-", f"{one.kind}; your own"
    return f"{known.megabytes} MB", known.licence, known.languages, known.sources, known.about


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
    done = _installed(model, mirror, folder)
    use = {
        "chat": f"use it with: aistack models use {name}",
        "embedding": f"use it with RAG_EMBEDDER={name}",
        "rerank": f"use it with RAG_RERANKER={name}",
    }
    how = use["chat"] if model.converted else use[model.kind]
    click.echo(f"{name} ({model.licence}) is at {done}; {how}", err=True)
    _memory(done)


def _installed(model: KnownModel, mirror: str, folder: Path | None) -> Path:
    """The folder of a model that was pulled, or copied from a folder, just now."""
    place, progress = DataPaths(loaded_stack().data_dir).models, _Progress()
    click.echo(f"Pulling {model.name} ({model.megabytes} MB) ...", err=True)
    try:
        if folder is not None:
            return import_folder(model, place, folder, progress)
        return pull(model, place, mirror or loaded_stack().environment.get(MIRROR, ""), progress)
    except PullFailed as error:
        fail(str(error))


@models.command("use")
@click.argument("name")
@click.option("--as", "roles", multiple=True, type=click.Choice(ROLES), help="A role in the model table.")
@click.option("--mirror", default="", help=f"Where to pull it from; ${MIRROR} by default.")
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    help="A folder with the files of a known model, or a GGUF file of your own that gets this NAME.",
)
def use_model(name: str, roles: tuple[str, ...], mirror: str, folder: Path | None) -> None:
    """Serve a model under its name at /v1. Pulls it first if needed. The first model becomes `default`."""
    from aistack.deploy import local_models

    stack = loaded_stack()
    place = DataPaths(stack.data_dir).models
    known = KNOWN.get(name)
    try:
        local_models.check_engine(known.kind if known else "chat")
        if known is None and folder is not None:
            link_folder(place, name, folder)
        elif known is not None and (folder is not None or not is_installed(place / name)):
            _installed(known, mirror, folder)
        elif not is_installed(place / name):
            fail(f"{name} is not a known model; known: {', '.join(KNOWN)}; add your own with --from FILE.gguf")
        running = local_models.use_model(stack, api_key(), name, roles, lambda said: click.echo(said, err=True))
        default = "default" in {role for role, one in read_served(place).roles.items() if one == name}
    except (StackError, FolderRefused) as error:
        fail(str(error))
    if not running:
        click.echo(f"{name} will be served when the stack runs: aistack up")
        return
    chat = "; try: aistack chat" + ("" if default else f" {name}")
    click.echo(f"{name} is in use" + (chat if known is None or known.kind == "chat" else ""))


@models.command("stop")
@click.argument("name")
def stop_using(name: str) -> None:
    """Stop serving a model. Its files stay."""
    from aistack.deploy import local_models

    try:
        local_models.stop_using(loaded_stack(), api_key(), name)
    except StackError as error:
        fail(str(error))
    click.echo(f"{name} is not served any more")


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
    place = DataPaths(loaded_stack().data_dir).models
    try:
        if name in read_served(place).models:
            fail(f"{name} is in use; stop it first: aistack models stop {name}")
        if not NAME.fullmatch(name) or not model_folders.remove_model(place, name):
            fail(f"{name} is not installed")
    except (StackError, FolderRefused) as error:
        fail(str(error))
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


class _Progress:
    """One line that moves; where that is no terminal, a line for every tenth of a large file."""

    def __init__(self) -> None:
        self._said = ("", 0)

    def __call__(self, name: str, done: int, total: int) -> None:
        percent = done * 100 // total if total else 0
        share = f"{percent:3} % of {total // MEGABYTE} MB" if total else f"{done // MEGABYTE} MB"
        if sys.stderr.isatty():
            click.echo(f"\r\033[K  {name} {share}", nl=done >= total > 0, err=True)
        elif total > LARGE_BYTES and self._said != (now := (name, percent // 10)):
            self._said = now
            click.echo(f"  {name} {share}", err=True)
