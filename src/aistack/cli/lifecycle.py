"""up, down, restart, reload."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aistack.cli.output import api_key, fail, loaded_stack, warn, warnings_on
from aistack.cli.status import print_status
from aistack.deploy.processes import background
from aistack.deploy.processes.log_files import redirect_output
from aistack.deploy.processes.process_state import lock_holder, running_units, uptime_seconds
from aistack.deploy.processes.status import ServiceStatus, service_statuses
from aistack.stack.catalogue import CATALOGUE, PROGRAMS
from aistack.stack.data_paths import DataPaths
from aistack.stack.description import DescribedService, Stack
from aistack.stack.errors import StackError

if TYPE_CHECKING:
    from aistack.deploy.processes.reload_report import Change

POLL_SECONDS = 0.2
REGISTRATION_SECONDS_MAX = 5.0


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE|PROFILE]...")
@click.option("--foreground", is_flag=True, help="Stay attached; Ctrl-C drains and stops.")
@click.option("--processes", is_flag=True, help="Run each service in its own supervised process.")
@click.option("--demo/--empty", default=False, help="Load the demo documents on the first start.")
@click.option("--insecure", is_flag=True, help="Allow non-loopback addresses although identity is off.")
@click.option("--log", type=click.Path(path_type=Path), hidden=True, help="With --foreground: the output file.")
def up(
    services: tuple[str, ...], foreground: bool, processes: bool, demo: bool, insecure: bool, log: Path | None
) -> None:
    """Start the stack, or some of its services."""
    if insecure:
        os.environ.update({f"{name.upper()}_INSECURE": "true" for name in CATALOGUE})
    if log is not None:
        redirect_output(log)
    stack = loaded_stack()
    chosen = _chosen(stack, services)
    if foreground:
        if processes:
            fail("--foreground runs one process and cannot be combined with --processes")
        if len(chosen) == 1 and chosen[0].name in PROGRAMS:
            _run_program(stack, chosen[0], log)
            return
        from aistack.deploy.processes.foreground import START_ERRORS, run_stack

        try:
            run_stack(stack, chosen, log)
        except START_ERRORS as error:
            fail(str(error))
        return
    with ThreadPoolExecutor(1) as executor:  # while the stack starts
        warnings = executor.submit(warnings_on, stack)
        try:
            started = _start(stack, chosen if services else (), processes)
        except StackError as error:
            warn(warnings.result())
            fail(str(error))
        warn(warnings.result())
    if not started:
        first = next(iter(running_units(DataPaths(stack.data_dir)).values()))
        click.echo(f"AI Stack is already running (pid {first.pid}, up {uptime_seconds(first):.0f} s).")
    elif demo:
        _load_demo(stack)
    _print_next_steps(stack)
    if started and stack.identity:
        _print_first_owner_link()


def _print_first_owner_link() -> None:
    """Once, at the first start with identity on: the gateway makes this link a single time, and keeps only a digest."""
    from aistack.chassis.errors import Problem
    from aistack.cli.people.gateway_api import link_at, try_call

    try:
        link = try_call("POST", "/gateway/first-owner")
    except Problem:  # it was made before, or there is an owner
        return
    click.echo("\n  Become the owner of this stack. This link works once, for 7 days, and is not shown again:")
    click.echo("    " + click.style(link_at(link["path"]), fg="cyan", bold=True))


def _run_program(stack: Stack, program: DescribedService, log: Path | None) -> None:
    from aistack.deploy.processes.programs import AlreadyRunning, run_program

    try:
        run_program(stack, program, log)
    except (StackError, AlreadyRunning) as error:
        fail(str(error))


def _start(stack: Stack, chosen: tuple[DescribedService, ...], processes: bool) -> bool:
    """Whether anything had to be started."""
    from aistack.deploy.processes import supervisor_client

    paths = DataPaths(stack.data_dir)
    if not processes and supervisor_client.connect(paths) is None:
        return background.start(stack, chosen)[1]
    if lock_holder(paths) is not None:
        raise StackError("the stack is already running in a single process; stop it first: aistack down")
    return supervisor_client.start(stack, chosen or stack.chosen(()))


def _chosen(stack: Stack, services: tuple[str, ...]) -> tuple[DescribedService, ...]:
    try:
        return stack.chosen(services)
    except KeyError as unknown:
        known = sorted({one for service in stack.chosen(()) for one in stack.profiles_of(service.name)})
        fail(f"{unknown.args[0]} is not an enabled service or a profile; available: {', '.join(known)}")


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE|PROFILE]...")
def down(services: tuple[str, ...]) -> None:
    """Drain and stop the stack, or some of its services."""
    stack = loaded_stack()
    try:
        stopped = _stop(stack, _chosen(stack, services) if services else ())
    except StackError as error:
        fail(str(error))
    what = ", ".join(services) if services else "AI Stack"
    click.echo(f"{what} stopped." if stopped else f"{what} is not running.")


def _stop(stack: Stack, chosen: tuple[DescribedService, ...]) -> bool:
    from aistack.deploy.processes import supervisor_client

    supervised = supervisor_client.stop(stack, chosen)
    return background.stop(stack, chosen) or supervised


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE|PROFILE]...")
def restart(services: tuple[str, ...]) -> None:
    """Stop and start the stack. Services in their own processes restart one by one, so that no request is lost."""
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
    _print_next_steps(stack)


@click.command()
def reload() -> None:
    """Apply changes to stack.toml and .env to the running stack, without losing a request.

    Exits with status 1 if they are invalid or a process does not respond; the current settings then stay in effect.
    """
    from aistack.deploy.instances import check_replicas
    from aistack.deploy.processes.reload_request import request_reload
    from aistack.deploy.settings import settings_of

    stack = loaded_stack()
    try:
        for service in stack.enabled:
            settings_of(service, stack)
        check_replicas(stack)
        warn(warnings_on(stack))
        reports = request_reload(stack)
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
    """One line per change, those in force first; the same change in several services is one line."""
    services_of: dict[tuple[bool, str, str, str], list[str]] = {}
    for one in changes:
        service, _, key = one.setting.rpartition(".")
        services_of.setdefault((one.live, key, one.before, one.after), []).append(service)
    for (live, key, before, after), services in sorted(services_of.items(), key=lambda entry: not entry[0][0]):
        note = "" if live else " (needs a restart: aistack restart)"
        click.echo(f"{', '.join(services)}: {key}: {before} -> {after}{note}")


def _print_next_steps(stack: Stack) -> None:
    url = stack.gateway_url
    body = '{"question": "How do I put my own service behind the gateway?"}'
    click.echo()
    print_status(_registered_status(stack))
    click.echo(f"\n  Console  {click.style(url + '/', fg='cyan', bold=True)}\n\n  Try:")
    click.echo(f"    curl {url}/api/health/all")
    click.echo(f"    curl -F files=@README.md {url}/v1/rag/collections/default/documents")
    click.echo(f"    curl -H 'content-type: application/json' -d '{body}' {url}/v1/rag/answer")
    if stack.enabled_programs:
        chat = '{"model": "default", "stream": true, "messages": [{"role": "user", "content": "Say hello."}]}'
        click.echo(f"    curl -N -H 'content-type: application/json' -d '{chat}' {url}/v1/chat/completions")
        click.echo("    aistack chat")
    click.echo()
    click.echo("  Stop with: aistack down   Logs: aistack logs -f   Data: " + str(stack.data_dir))


def _registered_status(stack: Stack) -> list[ServiceStatus]:
    """The status once every running service has registered with the gateway, or after a few seconds."""
    deadline = time.monotonic() + REGISTRATION_SECONDS_MAX
    while True:
        statuses = service_statuses(stack, api_key())
        waited_for = [one for one in statuses if one.state == "starting" or one.health in ("unknown", "unhealthy")]
        if time.monotonic() > deadline or not waited_for:
            return statuses
        time.sleep(POLL_SECONDS)


def _load_demo(stack: Stack) -> None:
    from aistack.deploy.demo import load_demo, needs_demo

    if not needs_demo(stack):
        return
    click.echo("Loading the demo documents (only on the first start; --empty skips them) ...")
    try:
        documents = load_demo(stack, api_key())
    except StackError as error:
        click.echo(f"aistack: the demo documents were not loaded: {error}", err=True)
        return
    click.echo(f"  Loaded {documents} documents into the collection 'default'.")
