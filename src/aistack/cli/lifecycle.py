"""up, down, restart, reload, status, logs."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aistack.cli.output import api_key, fail, loaded_stack, table, warn, warnings_on
from aistack.deploy.processes import background
from aistack.deploy.processes.log_files import Follower, write_to
from aistack.deploy.processes.process_state import holder, running, uptime_seconds
from aistack.deploy.processes.status import ServiceStatus, look
from aistack.stack.catalogue import CATALOGUE
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError

if TYPE_CHECKING:
    from aistack.deploy.processes.reload import Change

FOLLOW_SECONDS = 0.2
SETTLE_SECONDS_MAX = 5.0


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE|PROFILE]...")
@click.option("--foreground", is_flag=True, help="Stay attached; Ctrl-C drains and stops.")
@click.option("--processes", is_flag=True, help="Every service in a process of its own, kept running.")
@click.option("--demo/--empty", default=False, help="Load the demo set on the first start.")
@click.option("--insecure", is_flag=True, help="Listen beyond this machine although identity is off.")
@click.option("--log", type=click.Path(path_type=Path), hidden=True, help="With --foreground: where the output goes.")
def up(
    services: tuple[str, ...], foreground: bool, processes: bool, demo: bool, insecure: bool, log: Path | None
) -> None:
    """Start the stack, or some of its services."""
    if insecure:
        os.environ.update({f"{name.upper()}_INSECURE": "true" for name in CATALOGUE})
    if log is not None:
        write_to(log)
    stack = loaded_stack()
    chosen = _chosen(stack, services)
    if foreground:
        if processes:
            fail("--foreground is one process; leave it out for --processes")
        from aistack.deploy.processes.foreground import START_ERRORS, run_stack

        try:
            run_stack(stack, chosen, log)
        except START_ERRORS as error:
            fail(str(error))
        return
    with ThreadPoolExecutor(1) as beside:  # while the stack starts
        warnings = beside.submit(warnings_on, stack)
        try:
            started = _start(stack, chosen if services else (), processes)
        except StackError as error:
            warn(warnings.result())
            fail(str(error))
        warn(warnings.result())
    if not started:
        first = next(iter(running(DataPaths(stack.data_dir)).values()))
        click.echo(f"AI Stack is running already (pid {first.pid}, up {uptime_seconds(first):.0f} s).")
    elif demo:
        _load_demo(stack)
    _introduce(stack)


def _start(stack: Stack, chosen: tuple[DescribedService, ...], processes: bool) -> bool:
    """Whether anything had to be started."""
    from aistack.deploy.processes import supervisor_client

    places = DataPaths(stack.data_dir)
    if not processes and supervisor_client.supervisor(places) is None:
        return background.start(stack, chosen)[1]
    if holder(places) is not None:
        raise StackError("the stack runs in one process already; end it first: aistack down")
    return supervisor_client.start(stack, chosen or stack.enabled)


def _chosen(stack: Stack, services: tuple[str, ...]) -> tuple[DescribedService, ...]:
    try:
        return stack.chosen(services)
    except KeyError as unknown:
        known = sorted({one for service in stack.enabled for one in stack.profiles_of(service.name)})
        fail(f"{unknown.args[0]} is no enabled service and no profile; there are: {', '.join(known)}")


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE|PROFILE]...")
def down(services: tuple[str, ...]) -> None:
    """Drain the stack and stop it, or some of its services."""
    stack = loaded_stack()
    try:
        stopped = _stop(stack, _chosen(stack, services) if services else ())
    except StackError as error:
        fail(str(error))
    what = ", ".join(services) if services else "AI Stack"
    click.echo(f"{what} stopped." if stopped else f"{what} is not running.")


def _stop(stack: Stack, chosen: tuple[DescribedService, ...]) -> bool:
    from aistack.deploy.processes import supervisor_client

    apart = supervisor_client.stop(stack, chosen)
    return background.stop(stack, chosen) or apart


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE|PROFILE]...")
def restart(services: tuple[str, ...]) -> None:
    """Stop, then start. Processes of their own are restarted one after the other, so that nothing is lost."""
    from aistack.deploy.processes import supervisor_client

    stack = loaded_stack()
    chosen = _chosen(stack, services)
    warn(warnings_on(stack))
    try:
        if not supervisor_client.restart(stack, chosen):
            background.stop(stack, chosen if services else ())
            background.start(stack, chosen if services else ())
    except StackError as error:
        fail(str(error))
    _introduce(stack)


@click.command()
def reload() -> None:
    """Have the running stack take up stack.toml and .env again; no request is lost.

    Exit status 1 when they are refused, or when a process does not answer; all stays as it was then.
    """
    from aistack.deploy.instances import check_replicas
    from aistack.deploy.processes.reload import ask
    from aistack.deploy.settings import settings_of

    stack = loaded_stack()
    try:
        for service in stack.enabled:
            settings_of(service, stack)
        check_replicas(stack)
        warn(warnings_on(stack))
        reports = ask(stack)
    except StackError as error:
        fail(str(error))
    if not reports:
        fail("AI Stack is not running")
    changes = list(dict.fromkeys(change for report in reports.values() for change in report.changes))
    _print_changes(changes)
    failed = {name: report.reason for name, report in reports.items() if report.outcome != "reloaded"}
    for name, reason in failed.items():
        click.echo(f"aistack: {name} was not reloaded: {reason}", err=True)
    if failed:
        sys.exit(1)
    click.echo("AI Stack was reloaded." if changes else "AI Stack was reloaded; nothing has changed.")


def _print_changes(changes: list["Change"]) -> None:
    """A line a change, those first that are in force; what changes alike in several services is one line."""
    alike: dict[tuple[bool, str, str, str], list[str]] = {}
    for one in changes:
        place, _, key = one.setting.rpartition(".")
        alike.setdefault((one.live, key, one.before, one.after), []).append(place)
    for (live, key, before, after), places in sorted(alike.items(), key=lambda held: not held[0][0]):
        note = "" if live else " (needs a restart: aistack restart)"
        click.echo(f"{', '.join(places)}: {key}: {before} -> {after}{note}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def status(as_json: bool) -> None:
    """Show service, state, address, pid, memory, uptime, health. Exit status 3 when nothing runs."""
    stack = loaded_stack()
    lines = look(stack, api_key())
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines]))
    else:
        _print_status(lines)
    if not any(line.state == "running" for line in lines):
        sys.exit(3)


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("-f", "--follow", is_flag=True, help="Go on as lines come.")
@click.option("-n", "--lines", default=50, show_default=True, help="How many of the last lines.")
def logs(services: tuple[str, ...], follow: bool, lines: int) -> None:
    """Print the stack's log; with services, those of their own processes."""
    places = DataPaths(loaded_stack().data_dir)
    paths = [places.log_of(name) for name in services] or _logs(places)
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None or not paths:
        fail(f"there is no log at {missing or places.log} yet; start the stack first: aistack up")
    followers = [Follower(path) for path in paths]
    for follower in followers:
        for line in follower.last(lines):
            click.echo(line)
    while follow:
        for follower in followers:
            for data in follower.more():
                click.echo(data, nl=False)
        time.sleep(FOLLOW_SECONDS)


def _logs(places: DataPaths) -> list[Path]:
    """Of the processes when they were started last, else of the stack."""
    apart = [path for path in sorted(places.logs.glob("*.log")) if path.stem not in ("stack", "supervisord")]
    if apart and (places.supervisor_socket.exists() or not places.log.exists()):
        return apart
    return [places.log] if places.log.exists() else []


def _introduce(stack: Stack) -> None:
    url = stack.gateway_url
    ask = '{"question": "How do I put my own service behind the gateway?"}'
    click.echo()
    _print_status(_settled(stack))
    click.echo(f"\n  Console  {click.style(url + '/', fg='cyan', bold=True)}\n\n  Try:")
    click.echo(f"    curl {url}/api/health/all")
    click.echo(f"    curl -F files=@README.md {url}/v1/rag/collections/default/documents")
    click.echo(f"    curl -H 'content-type: application/json' -d '{ask}' {url}/v1/rag/answer\n")
    click.echo("  Stop with: aistack down   Logs: aistack logs -f   Data: " + str(stack.data_dir))


def _settled(stack: Stack) -> list[ServiceStatus]:
    """The status once every service that runs has told the gateway, or after a moment."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while True:
        lines = look(stack, api_key())
        if time.monotonic() > deadline or not any(line.health in ("unknown", "unhealthy") for line in lines):
            return lines
        time.sleep(FOLLOW_SECONDS)


def _print_status(lines: list[ServiceStatus]) -> None:
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
