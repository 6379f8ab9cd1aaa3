"""Terminal output of the command: errors, warnings and tables, and what every subcommand loads first."""

import re
import sys
from collections.abc import Sequence
from functools import cache
from typing import NoReturn

import click

from aistack.stack.data_paths import DataPaths
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from aistack.stack.secrets import read_secret

CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
INTERRUPTED = 130  # the exit status of a program that Ctrl+C ended


def plain(text: str) -> str:
    """A text without control characters: what others wrote must not steer the terminal."""
    return CONTROL_CHARACTERS.sub("", text)


def fail(message: str) -> NoReturn:
    """Prints an error and exits with status 1."""
    click.echo(f"aistack: {message}", err=True)
    sys.exit(1)


def loaded_stack() -> Stack:
    """The stack in force; exits with an error when its description is invalid."""
    try:
        stack = load_stack()
    except StackError as error:
        fail(str(error))
    if stack.local_models.problem:
        _warn_once(stack.local_models.problem)
    return stack


@cache
def _warn_once(warning: str) -> None:
    warn([warning])


def warnings_on(stack: Stack) -> list[str]:
    """Variables that are set but have no effect, one line each with the reason."""
    from aistack.deploy.variables import ignored_variables

    return [one.text for one in ignored_variables(stack)]


def warn(warnings: Sequence[str]) -> None:
    """Prints warnings; the command continues."""
    for warning in warnings:
        click.echo(f"aistack: warning: {warning}", err=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with aligned columns."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows))
    return "\n".join(line.rstrip() for line in lines)


def api_key() -> str:
    """The API key for the stack's own gateway: $AISTACK_API_KEY, otherwise the administrator's if it can be read."""
    stack = loaded_stack()
    if "AISTACK_API_KEY" in stack.environment or not stack.identity:
        return stack.environment.get("AISTACK_API_KEY", "")
    try:
        return read_secret(DataPaths(stack.data_dir).admin_key)
    except StackError as error:
        fail(str(error))
