"""certs: a self-signed certificate, for machines where no authority makes one."""

from pathlib import Path

import click

from aistack.cli.output import fail, loaded_stack
from aistack.stack.errors import StackError


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder for tls.crt and tls.key.")
@click.option("--host", "hosts", multiple=True, help="A name or address of the stack; may be said again.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How long it holds.")
@click.option("--force", is_flag=True, help="Replace a certificate that is there.")
def certs(out: Path, hosts: tuple[str, ...], days: int, force: bool) -> None:
    """Make a self-signed certificate and its key."""
    from aistack.deploy.machine.certificates import make_certificate

    try:
        fingerprint = make_certificate(out, hosts or (loaded_stack().deploy.host,), days, replace=force)
    except StackError as error:
        fail(str(error))
    click.echo(f"{out / 'tls.crt'} holds for {days} days; SHA-256 {fingerprint}")
