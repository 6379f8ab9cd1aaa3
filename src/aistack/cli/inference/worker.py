"""worker: models behind the sidecar's protocol."""

import importlib
from pathlib import Path

import click

from aistack.cli.output import fail, loaded_stack
from aistack.stack.data_paths import DataPaths

MAIN, SETTINGS, BACKEND = (
    f"aistack.inference.{part}" for part in ("worker.main", "worker.settings", "backends.backend")
)


@click.command()
@click.option("--serve", is_flag=True, help="Serve until stopped; without it, only the models are checked and shown.")
@click.option("--uds-path", type=click.Path(path_type=Path), default="/tmp/cy_worker.sock", show_default=True)  # noqa: S108
@click.option("--model", "models", multiple=True, required=True, help="NAME, NAME=FOLDER, NAME=URL or a .gguf file.")
@click.option("--keep-alive", default="10m", show_default=True, help="Unload a model that is idle so long; 0: never.")
@click.option("--context", type=click.IntRange(256, 1 << 20), default=4096, show_default=True, help="Tokens.")
@click.option("--parallel", type=click.IntRange(1, 256), default=16, show_default=True, help="Requests at once.")
@click.option("--threads", type=click.IntRange(0, 1024), default=0, help="Threads of a model; 0: one for each core.")
@click.option(
    "--answer-tokens", type=click.IntRange(1, 1 << 20), default=1024, show_default=True, help="Without max_tokens."
)
@click.option("--adapter", "adapters", multiple=True, help="A LoRA adapter: NAME=FILE.gguf or NAME=FOLDER.")
@click.option("--lazy", is_flag=True, help="Load no model before its first request.")
@click.option("--name", default="", help="The worker's name, for worker_hint.")
@click.option("--key", envvar="WORKER_UPSTREAM_KEY", default="", help="The API key for models that are URLs.")
def worker(
    serve: bool,
    uds_path: Path,
    models: tuple[str, ...],
    keep_alive: str,
    context: int,
    parallel: int,
    threads: int,
    answer_tokens: int,
    adapters: tuple[str, ...],
    lazy: bool,
    name: str,
    key: str,
) -> None:
    """Serve models to a sidecar over a Unix socket."""
    settings, backend = importlib.import_module(SETTINGS), importlib.import_module(BACKEND)
    folder = DataPaths(loaded_stack().data_dir).models
    try:
        specs = tuple(settings.model_spec(one, folder) for one in models)
        named = dict(one.split("=", 1) for one in adapters if "=" in one)
        limits = backend.Limits(context, parallel, threads, answer_tokens, named)
        held = settings.WorkerSettings(
            uds_path, specs, folder, settings.seconds(keep_alive), not lazy, name or uds_path.stem, key, limits
        )
        _show(specs, limits)
        if serve:
            importlib.import_module(MAIN).run(held)
    except settings.CannotStart as error:
        fail(str(error))


def _show(specs: tuple[object, ...], limits: object) -> None:
    """Prints what each model takes before anything is loaded."""
    opening = importlib.import_module("aistack.inference.backends.opening")
    failed = importlib.import_module(BACKEND).LoadFailed
    for spec in specs:
        name, place = getattr(spec, "name", ""), getattr(spec, "place", "")
        try:
            opened = opening.open_backend(place, limits)
        except failed as error:
            fail(f"{name}: {error}")
        click.echo(f"{name} ({opened.kind}) {opened.memory().described}", err=True)
