"""up, down, restart, reload, status, logs."""

import json
import os
import sys
import time
from dataclasses import asdict

import click

from aistack.cli.output import api_key, fail, loaded_stack, table
from aistack.deploy import background
from aistack.deploy.state import RunningStack, uptime_seconds
from aistack.stack.description import Stack
from aistack.stack.errors import StackError
from aistack.stack.places import Places

FOLLOW_SECONDS = 0.2
TAIL_BYTES = 256 * 1024


@click.command()
@click.option("--foreground", is_flag=True, help="Stay attached; Ctrl-C drains and stops.")
@click.option("--demo/--empty", default=False, help="Load the demo set on the first start.")
@click.option("--insecure", is_flag=True, help="Listen beyond this machine although identity is off.")
def up(foreground: bool, demo: bool, insecure: bool) -> None:
    """Start the stack."""
    if insecure:
        os.environ["GATEWAY_INSECURE"] = "true"
    stack = loaded_stack()
    if foreground:
        from aistack.deploy.process import START_ERRORS, run_stack

        try:
            run_stack(stack)
        except START_ERRORS as error:
            fail(str(error))
        return
    try:
        state, started = background.start(stack)
    except StackError as error:
        fail(str(error))
    if not started:
        click.echo(f"AI Stack is running already (pid {state.pid}, up {uptime_seconds(state):.0f} s).")
    elif demo:
        _load_demo(stack)
    _introduce(stack, state)


@click.command()
def down() -> None:
    """Drain the stack and stop it."""
    try:
        stopped = background.stop(loaded_stack())
    except StackError as error:
        fail(str(error))
    click.echo("AI Stack stopped." if stopped else "AI Stack is not running.")


@click.command()
def restart() -> None:
    """Stop, then start."""
    stack = loaded_stack()
    try:
        background.stop(stack)
        state, _ = background.start(stack)
    except StackError as error:
        fail(str(error))
    _introduce(stack, state)


@click.command()
def reload() -> None:
    """Have the running stack read stack.toml anew; no request is lost."""
    if not background.reload(loaded_stack()):
        fail("AI Stack is not running")
    click.echo("AI Stack reads its description anew; aistack logs says what changed.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def status(as_json: bool) -> None:
    """Show service, state, address, pid, memory, uptime, health. Exit status 3 when nothing runs."""
    stack = loaded_stack()
    lines = background.look(stack, api_key())
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines]))
    else:
        _print_status(lines)
    if not any(line.state == "running" for line in lines):
        sys.exit(3)


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on as lines come.")
@click.option("-n", "--lines", default=50, show_default=True, help="How many of the last lines.")
def logs(follow: bool, lines: int) -> None:
    """Print the stack's log."""
    path = Places(loaded_stack().data_dir).log
    if not path.exists():
        fail(f"there is no log at {path} yet; start the stack first: aistack up")
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - TAIL_BYTES))
        for line in log.read().decode("utf-8", "replace").splitlines()[-lines:]:
            click.echo(line)
        while follow:
            click.echo(log.read().decode("utf-8", "replace"), nl=False)
            time.sleep(FOLLOW_SECONDS)


def _introduce(stack: Stack, state: RunningStack) -> None:
    url = state.gateway_url
    ask = '{"question": "How do I put my own service behind the gateway?"}'
    click.echo()
    _print_status(background.look(stack, api_key()))
    click.echo(f"\n  Console  {click.style(url + '/', fg='cyan', bold=True)}\n\n  Try:")
    click.echo(f"    curl {url}/api/health/all")
    click.echo(f"    curl -F files=@README.md {url}/v1/rag/collections/default/documents")
    click.echo(f"    curl -H 'content-type: application/json' -d '{ask}' {url}/v1/rag/answer\n")
    click.echo("  Stop with: aistack down   Logs: aistack logs -f   Data: " + str(stack.data_dir))


def _print_status(lines: list[background.ServiceStatus]) -> None:
    rows = [
        (
            line.service,
            line.state,
            line.health,
            line.address,
            str(line.pid or "-"),
            f"{line.memory_bytes / 1048576:.0f} MiB" if line.memory_bytes else "-",
            f"{line.uptime_seconds:.0f} s" if line.uptime_seconds is not None else "-",
        )
        for line in lines
    ]
    click.echo(table(("SERVICE", "STATE", "HEALTH", "ADDRESS", "PID", "MEMORY", "UPTIME"), rows))


def _load_demo(stack: Stack) -> None:
    from aistack.deploy.demo import demo_wanted, load_demo

    if not demo_wanted(stack):
        return
    click.echo("Loading the demo set (once; --empty leaves it out) ...")
    try:
        documents = load_demo(stack, api_key())
    except StackError as error:
        click.echo(f"aistack: the demo set was not loaded: {error}", err=True)
        return
    click.echo(f"  {documents} documents in collection 'default'.")
