"""demo: the demo documents."""

import click

from aistack.cli.output import api_key, fail, loaded_stack
from aistack.stack.errors import StackError


@click.command()
def demo() -> None:
    """Load the demo documents into the running stack."""
    from aistack.deploy.demo import load_demo

    try:
        documents = load_demo(loaded_stack(), api_key())
    except StackError as error:
        fail(str(error))
    click.echo(f"Loaded {documents} documents into the collection 'default'.")
