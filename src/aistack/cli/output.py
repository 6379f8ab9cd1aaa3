"""How the command speaks: one line for an error, aligned columns for a table."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from aistack.stack.secrets import read_secret


def fail(message: str) -> NoReturn:
    """Says what is wrong and ends with status 1."""
    click.echo(f"aistack: {message}", err=True)
    sys.exit(1)


def loaded_stack() -> Stack:
    """The stack in force; ends the command when its description is broken."""
    try:
        return load_stack()
    except StackError as error:
        fail(str(error))


def warnings_on(stack: Stack) -> list[str]:
    """Variables that are set and do nothing, each with what is wrong with it."""
    from aistack.deploy.variables import warnings_of

    return [one.text for one in warnings_of(stack)]


def warn(warnings: Sequence[str]) -> None:
    """Says what is not as it should be, and stops nothing."""
    for warning in warnings:
        click.echo(f"aistack: warning: {warning}", err=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows))
    return "\n".join(line.rstrip() for line in lines)


def api_key() -> str:
    """The key to show to our own gateway: $AISTACK_API_KEY, else the administrator's, where it can be read."""
    stack = loaded_stack()
    if "AISTACK_API_KEY" in stack.environment or not stack.identity:
        return stack.environment.get("AISTACK_API_KEY", "")
    try:
        return read_secret(DataPaths(stack.data_dir).admin_key)
    except StackError as error:
        fail(str(error))
