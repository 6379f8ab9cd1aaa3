"""sidecar: the gRPC sidecar beside inference workers."""

import importlib

import click

from aistack.cli.output import fail

MAIN = "aistack.inference.sidecar.main"


@click.command()
def sidecar() -> None:
    """Serve predictions on a port, from the workers behind it. Settings: sidecar.toml and SIDECAR_* (see the docs)."""
    main = importlib.import_module(MAIN)
    try:
        main.run()
    except main.CannotStart as error:
        fail(str(error))
