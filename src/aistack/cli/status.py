"""status and logs: what runs, and what it wrote."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from aistack.cli.output import api_key, fail, loaded_stack, table
from aistack.deploy.processes.log_files import Follower
from aistack.deploy.processes.status import ServiceStatus, service_statuses
from aistack.stack.catalogue import PROGRAMS
from aistack.stack.data_paths import DataPaths

FOLLOW_SECONDS = 0.2


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
def status(as_json: bool) -> None:
    """Show each service's state, health, address, pid, memory and uptime. Exits with status 3 when nothing runs."""
    stack = loaded_stack()
    statuses = service_statuses(stack, api_key())
    if as_json:
        click.echo(json.dumps([asdict(one) for one in statuses]))
    else:
        print_status(statuses)
    if not any(one.state == "running" for one in statuses):
        sys.exit(3)


def print_status(statuses: Sequence[ServiceStatus]) -> None:
    """Prints the table of `aistack status`."""
    rows = [
        (
            one.service,
            one.state,
            one.health,
            one.address,
            str(one.pid or "-"),
            f"{one.memory_bytes / 1048576:.0f} MiB" if one.memory_bytes else "-",
            f"{one.uptime_seconds:.0f} s" if one.uptime_seconds is not None else "-",
        )
        for one in statuses
    ]
    click.echo(table(("SERVICE", "STATE", "HEALTH", "ADDRESS", "PID", "MEMORY", "UPTIME"), rows))


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("-f", "--follow", is_flag=True, help="Keep printing new lines.")
@click.option("-n", "--lines", default=50, show_default=True, help="Number of last lines to print.")
def logs(services: tuple[str, ...], follow: bool, lines: int) -> None:
    """Print the stack's log, or the logs of services that run in their own processes."""
    paths = DataPaths(loaded_stack().data_dir)
    log_files = [paths.log_of(name) for name in services] or _current_logs(paths)
    missing = next((path for path in log_files if not path.exists()), None)
    if missing is not None or not log_files:
        fail(f"no log at {missing or paths.log} yet; start the stack first: aistack up")
    followers = [Follower(path) for path in log_files]
    for follower in followers:
        for line in follower.last(lines):
            click.echo(line)
    while follow:
        for follower in followers:
            for data in follower.more():
                click.echo(data, nl=False)
        time.sleep(FOLLOW_SECONDS)


def _current_logs(paths: DataPaths) -> list[Path]:
    """The logs of the last start: one for each process with `--processes`, otherwise the stack's."""
    of_services = [path for path in sorted(paths.logs.glob("*.log")) if path.stem not in ("stack", "supervisord")]
    if of_services and (paths.supervisor_socket.exists() or not paths.log.exists()):
        return of_services
    of_programs = [path for path in of_services if path.stem in PROGRAMS]
    return [paths.log, *of_programs] if paths.log.exists() else []
