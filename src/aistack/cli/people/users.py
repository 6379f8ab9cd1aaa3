"""users: the people and service accounts of the running stack."""

import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import click

from aistack.cli.output import fail, table
from aistack.cli.people.gateway_api import call, download, link_at, subject_named, user_named
from aistack.cli.people.gateway_api import users as all_users

ROLES = ("owner", "admin", "member", "guest")


@click.group()
def users() -> None:
    """List, add, invite, disable and remove users and service accounts. Needs an administrator's key."""


@users.command("list")
@click.argument("text", default="")
def list_users(text: str) -> None:
    """Show all users, or those whose name or e-mail address contains TEXT."""
    rows = [
        (
            one["id"],
            one["name"],
            one["email"] or one["kind"],
            one["role"],
            one["status"],
            one["last_seen_at"] or "never",
        )
        for one in all_users(text)
    ]
    click.echo(table(("ID", "NAME", "E-MAIL", "ROLE", "STATUS", "LAST SEEN"), rows))


@users.command()
@click.argument("name")
@click.argument("email", default="")
@click.option("--role", type=click.Choice(ROLES[1:]), default="member", help="What the user may do; member by default.")
@click.option("--owner", is_flag=True, help="Make the user an owner of the stack.")
@click.option("--service-account", is_flag=True, help="An account for a program: no e-mail address, no sign-in.")
def add(name: str, email: str, role: str, owner: bool, service_account: bool) -> None:
    """Add a user and print the invitation link, with which they set their password."""
    if owner and service_account:
        fail("a service account cannot be an owner; owners are people")
    if bool(email) == service_account:
        fail(
            "a service account has no e-mail address"
            if email
            else "a user needs an e-mail address: aistack users add NAME EMAIL"
        )
    kind = "service-account" if service_account else "user"
    body = {"name": name, "email": email, "role": "owner" if owner else role, "kind": kind}
    made = call("POST", "/gateway/users", json=body)
    if made["link"] is None:
        click.echo(f"{name} ({made['id']}) is added. Create a key for it: aistack keys add NAME --for {made['id']}")
        return
    _print_link(made, made["link"])


@users.command()
@click.argument("user")
@click.option("--reset", is_flag=True, help="For somebody who forgot their password.")
def invite(user: str, reset: bool) -> None:
    """Print a new link for a user. Earlier ones stop working."""
    found = user_named(user)
    link = call("POST", f"/gateway/users/{found['id']}/link", json={"kind": "reset" if reset else "invitation"})
    _print_link(found, link)


@users.command()
@click.argument("user")
@click.option("--name", help="A new name.")
@click.option("--email", help="A new e-mail address.")
@click.option("--role", type=click.Choice(ROLES), help="A new role.")
def change(user: str, name: str | None, email: str | None, role: str | None) -> None:
    """Change a user's name, e-mail address or role. In force within a second."""
    changed = call(
        "PATCH", f"/gateway/users/{user_named(user)['id']}", json={"name": name, "email": email, "role": role}
    )
    click.echo(f"{changed['name']}: {changed['email'] or changed['kind']}, {changed['role']}")


@users.command()
@click.argument("user")
def disable(user: str) -> None:
    """Disable a user: sessions and keys stop working within a second. What is theirs stays."""
    click.echo(f"{_with_status(user, 'disabled')['name']} is disabled.")


@users.command()
@click.argument("user")
def enable(user: str) -> None:
    """Enable a disabled user again."""
    click.echo(f"{_with_status(user, 'active')['name']} is enabled.")


@users.command()
@click.argument("user")
@click.option("--heir", default="", help="Who gets what is theirs: a user, or 'owner' for the stack's owners.")
@click.option("--delete", is_flag=True, help="Delete what is theirs.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(user: str, heir: str, delete: bool, yes: bool) -> None:
    """Remove a user. Shows what is theirs first; it goes to the heir, or is deleted."""
    found = user_named(user)
    inherits = subject_named(heir) if heir else ""
    belongings = call("GET", f"/gateway/users/{found['id']}/belongings")
    rows = [(one["service"], kind, str(count)) for one in belongings for kind, count in one["counts"].items() if count]
    rows += [(one["service"], "unknown", one["problem"]) for one in belongings if one["problem"]]
    click.echo(table(("SERVICE", "KIND", "NUMBER"), rows) if rows else f"Nothing belongs to {found['name']}.")
    if bool(heir) == delete:
        fail("say what happens to it: --heir USER hands it over, --delete deletes it")
    what = f"give what is theirs to {heir}" if heir else "delete what is theirs"
    if not yes:
        click.confirm(f"Remove {found['name']} and {what}? Keys are revoked.", abort=True)
    params: dict[str, Any] = {"heir": inherits} if heir else {"delete": True}
    call("DELETE", f"/gateway/users/{found['id']}", params=params)
    click.echo(f"{found['name']} is removed.")


@users.command()
@click.argument("user")
@click.option(
    "--to", "file", type=click.Path(path_type=Path, dir_okay=False), help="A file; export-ID.zip here by default."
)
def export(user: str, file: Path | None) -> None:
    """Write all that the stack keeps about and for a user as a zip archive. Exits with 1 if something is missing."""
    found = user_named(user)
    file = file or Path(f"export-{found['id']}.zip")
    part = file.with_name(f"{file.name}.part")
    try:
        download(f"/gateway/users/{found['id']}/export", part)
        with ZipFile(part) as archive:
            index = json.loads(archive.read("index.json"))
        part.replace(file)
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        part.unlink(missing_ok=True)
        fail(f"{file} cannot be written: {error}")
    click.echo(f"Written to {file}.")
    services = index["services"].items()
    rows = [(service, one["path"], one["reason"]) for service, given in services for one in given["missing"]]
    if rows:
        click.echo(table(("SERVICE", "MISSING", "WHY"), rows))
        fail(f"{file} is not complete; index.json in it says what is missing")


def _with_status(user: str, status: str) -> dict[str, Any]:
    return call("PATCH", f"/gateway/users/{user_named(user)['id']}", json={"status": status})


def _print_link(user: dict[str, Any], link: dict[str, Any]) -> None:
    click.echo(link_at(link["path"]))
    click.echo(
        f"This link is for {user['name']} ({user['email']}). It works once, until {link['expires_at'][:16]} UTC, and "
        f"cannot be shown again. For a new one: aistack users invite {user['id']}",
        err=True,
    )
