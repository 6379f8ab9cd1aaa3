"""Which stack a command talks to, with which key, and what it exits with when that fails."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from pydantic import BaseModel, ValidationError

from aistack.cli.output import INTERRUPTED, api_key, fail, loaded_stack
from aistack.rag.client import RagClient

FAILED, UNREACHABLE, REFUSED, NOT_FOUND = 1, 3, 4, 5
OPTIONS = (
    click.option("--url", envvar="AISTACK_URL", default="", help="The stack's address; the local one by default."),
    click.option("--key", envvar="AISTACK_KEY", default="", help="An API key for it. $AISTACK_KEY keeps it private."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts."),
)
Result = TypeVar("Result")
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Address:
    """A stack's address and the key for it."""

    url: str
    key: str

    def client(self, seconds_max: float) -> RagClient:
        """A client that trusts the authorities in $SSL_CERT_FILE, if that is set."""
        ca_file = os.environ.get("SSL_CERT_FILE", "") if self.url.startswith("https:") else ""
        try:
            return RagClient(self.url, self.key, seconds_max, ca_file=ca_file)
        except OSError as error:
            fail(f"SSL_CERT_FILE={ca_file} cannot be used: {error}")


def stack_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that all commands about documents have."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def address(url: str, key: str) -> Address:
    """The stack that is meant. The local administrator's key is for the local stack only."""
    if not url:
        return Address(loaded_stack().gateway_url, key or api_key())
    full = url if "://" in url else f"http://{url}"
    return Address(full.rstrip("/"), key or os.environ.get("AISTACK_API_KEY", ""))


def checked_request(model: type[Model], **values: object) -> Model:
    """A request with these values. Exits with a message if they are not allowed."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        fail(f"{first['loc'][0]}: {first['msg']}")


def run(work: Coroutine[Any, Any, Result], hint: str = "") -> Result:
    """The result of the work. Exits with a message and a status if it fails or is interrupted.

    `hint` is what to do after an interruption.
    """
    from aistack.chassis.errors import Problem

    try:
        return asyncio.run(work)
    except Problem as problem:
        status = {401: REFUSED, 403: REFUSED, 404: NOT_FOUND}.get(problem.status, FAILED)
        click.echo(f"aistack: {problem.detail}", err=True)
        sys.exit(UNREACHABLE if problem.code == "gateway-failed" else status)
    except KeyboardInterrupt:
        click.echo(f"\naistack: interrupted{'; ' + hint if hint else ''}", err=True)
        sys.exit(INTERRUPTED)
