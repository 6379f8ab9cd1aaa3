"""certs: a self-signed TLS certificate, for machines without a certificate authority."""

from pathlib import Path

import click

from aistack.cli.output import fail, loaded_stack
from aistack.stack.errors import StackError


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for tls.crt and tls.key.")
@click.option("--host", "hosts", multiple=True, help="Host name or IP address of the stack; can be repeated.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="Validity in days.")
@click.option("--force", is_flag=True, help="Replace an existing certificate.")
def certs(out: Path, hosts: tuple[str, ...], days: int, force: bool) -> None:
    """Create a self-signed TLS certificate and its key."""
    from aistack.deploy.machine.certificates import make_certificate

    try:
        fingerprint = make_certificate(out, hosts or (loaded_stack().deploy.host,), days, replace=force)
    except StackError as error:
        fail(str(error))
    click.echo(f"{out / 'tls.crt'} is valid for {days} days; SHA-256 {fingerprint}")
