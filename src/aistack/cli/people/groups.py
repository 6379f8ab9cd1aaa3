"""groups: the groups of the running stack, and who is in them."""

from typing import Any

import click

from aistack.cli.output import fail, table
from aistack.cli.people.gateway_api import call, subject_named


@click.group()
def groups() -> None:
    """List, add and remove groups, and their members. Needs an administrator's key."""


@groups.command("list")
def list_groups() -> None:
    """Show all groups."""
    rows = [(one["id"], one["name"], str(one["members"])) for one in call("GET", "/gateway/groups")]
    click.echo(table(("ID", "NAME", "MEMBERS"), rows))


@groups.command()
@click.argument("group")
def show(group: str) -> None:
    """Show who is in a group directly."""
    found = call("GET", f"/gateway/groups/{_named(group)['id']}")
    click.echo(table(("SUBJECT", "NAME"), [(one["subject"], one["name"]) for one in found["direct"]]))


@groups.command()
@click.argument("name")
def add(name: str) -> None:
    """Add a group."""
    made = call("POST", "/gateway/groups", json={"name": name})
    click.echo(f"{made['name']} ({made['id']}) is added.")


@groups.command()
@click.argument("group")
@click.argument("name")
def rename(group: str, name: str) -> None:
    """Give a group another name. What is shared with it stays shared."""
    renamed = call("PATCH", f"/gateway/groups/{_named(group)['id']}", json={"name": name})
    click.echo(f"The group is now named {renamed['name']}.")


@groups.command()
@click.argument("group")
def remove(group: str) -> None:
    """Remove a group. Its members lose what was shared with it within a second."""
    found = _named(group)
    call("DELETE", f"/gateway/groups/{found['id']}")
    click.echo(f"{found['name']} is removed.")


@groups.command()
@click.argument("group")
@click.argument("member")
def join(group: str, member: str) -> None:
    """Put MEMBER into a group: a user's e-mail address, name or id, or group:ID."""
    found = _named(group)
    call("PUT", f"/gateway/groups/{found['id']}/members/{_subject(member)}")
    click.echo(f"{member} is in {found['name']}.")


@groups.command()
@click.argument("group")
@click.argument("member")
def leave(group: str, member: str) -> None:
    """Take MEMBER out of a group."""
    found = _named(group)
    call("DELETE", f"/gateway/groups/{found['id']}/members/{_subject(member)}")
    click.echo(f"{member} is not in {found['name']} any more.")


def _named(text: str) -> dict[str, Any]:
    """The group with this id, subject or name; exits when there is none."""
    known, wanted = call("GET", "/gateway/groups"), text.casefold()
    found = [one for one in known if text in (one["id"], one["subject"]) or one["name"].casefold() == wanted]
    if not found:
        fail(f"there is no group {text}; see: aistack groups list")
    return found[0]


def _subject(member: str) -> str:
    return _named(member)["subject"] if member.startswith("group:") else subject_named(member)
