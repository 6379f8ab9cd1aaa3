"""doctor: checks of this machine and the stack."""

import json
import sys
from dataclasses import asdict

import click

from aistack.cli.output import loaded_stack

MARKS = {"ok": ("ok", "green"), "warning": ("warn", "yellow"), "failed": ("FAIL", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
def doctor(as_json: bool) -> None:
    """Check versions, settings, disk, ports, stores and programs. Exits with status 1 when a check fails."""
    from aistack.deploy.machine.doctor import examine

    findings = list(examine(loaded_stack()))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings]))
    else:
        for one in findings:
            word, colour = MARKS[one.state]
            click.echo(f"{click.style(word.rjust(4), fg=colour, bold=True)}  {one.what}: {one.found}")
            if one.fix:
                click.echo(f"      -> {one.fix}")
    if any(one.state == "failed" for one in findings):
        sys.exit(1)
