"""keys: API keys of the running stack."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from aistack.cli.output import fail, loaded_stack, table
from aistack.cli.people.gateway_api import call, subject_named

SPAN = re.compile(r"([1-9][0-9]{0,4})([dhm])")
SERVICE_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@click.group()
def keys() -> None:
    """List, add and revoke API keys. Needs an administrator's key; `service` needs the stack's secret."""


@keys.command("list")
def list_keys() -> None:
    """Show all keys, newest first."""
    listed = call("GET", "/gateway/keys")["keys"]
    rows = [
        (
            str(key["id"]),
            str(key["name"]),
            str(key["start"]) + "...",
            str(key["state"]),
            str(key["subject"]),
            _reach(key),
            str(key["rate"] or "-"),
            str(key["expires_at"] or "never"),
        )
        for key in listed
    ]
    click.echo(table(("ID", "NAME", "KEY", "STATE", "BELONGS TO", "REACHES", "LIMIT", "EXPIRES"), rows))


@keys.command()
@click.argument("name")
@click.option(
    "--services", default="", help="Services that the key may call, comma-separated; without this option, all."
)
@click.option("--rate", default="", help="Rate limit of the key, for example '5/s burst 10'.")
@click.option("--expires", default="", help="Lifetime, for example 30d, 12h or 15m.")
@click.option("--for", "owner", default="", help="Whom it belongs to: an e-mail address, a name or an id of a user.")
@click.option("--read-only", is_flag=True, help="The key may view and use things, but change nothing.")
@click.option("--only", "things", multiple=True, help="A thing that it may reach, such as collection:ID; repeatable.")
def add(
    name: str, services: str, rate: str, expires: str, owner: str, read_only: bool, things: tuple[str, ...]
) -> None:
    """Create a key and print it. It cannot be shown again. It never reaches further than whom it belongs to."""
    wanted: dict[str, Any] = {"name": name, "rate": rate, "read_only": read_only, "things": list(things) or None}
    if owner:
        wanted["subject"] = subject_named(owner)
    if services:
        wanted["services"] = [part.strip() for part in services.split(",") if part.strip()]
    if expires:
        span = SPAN.fullmatch(expires)
        if span is None:
            fail(f"--expires {expires} is not a duration; write it like 30d, 12h or 15m")
        wanted["expires_at"] = (datetime.now(UTC) + timedelta(**{UNITS[span[2]]: int(span[1])})).isoformat()
    made = call("POST", "/gateway/keys", json=wanted)
    click.echo(made["key"])
    click.echo(
        f"Key {made['id']} ({name}) cannot be shown again. To revoke it: aistack keys revoke {made['id']}", err=True
    )


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke a key. It stops working immediately."""
    revoked = call("DELETE", f"/gateway/keys/{key_id}")
    click.echo(f"Key {revoked['id']} ({revoked['name']}) is revoked.")


@keys.command()
@click.argument("name")
def service(name: str) -> None:
    """Print the key with which your own service verifies its callers (docs/your-service.md)."""
    from aistack.deploy.processes.foreground import settings_of, with_secrets
    from aistack.stack.catalogue import CATALOGUE, STACK_SECRET
    from aistack.stack.data_paths import DataPaths
    from aistack.stack.errors import StackError
    from aistack.stack.secrets import secret_from_environment, verification_key

    if name in CATALOGUE:
        fail(f"{name} is a service of the stack, and its key is not shown")
    if not SERVICE_NAME.fullmatch(name):
        fail(f"{name!r} is not a service name; use lower-case letters, digits and -, starting with a letter")
    stack = loaded_stack()
    if not stack.identity:
        fail("identity is off, so there is nothing to verify; set identity = true under [stack] in stack.toml")
    try:
        gateway = settings_of(stack.services["gateway"], stack)[0]
        if not (
            gateway.secret
            or secret_from_environment(STACK_SECRET)[0]
            or DataPaths(stack.data_dir).stack_secret.exists()
        ):
            fail(f"{stack.data_dir} has no stack secret yet; start the stack, or set AISTACK_SECRET")
        click.echo(verification_key(with_secrets(gateway).secret, name))
    except StackError as error:
        fail(str(error))


def _reach(key: dict[str, Any]) -> str:
    """Such as "rag, only collection:a, read only"."""
    reach = "all" if key["services"] is None else ", ".join(key["services"]) or "none"
    if key["things"] is not None:
        reach += ", only " + ", ".join(key["things"])
    return reach + (", read only" if key["read_only"] else "")
