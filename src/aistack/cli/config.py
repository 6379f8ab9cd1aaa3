"""config: all settings in effect and their sources."""

import json

import click

from aistack.cli.output import fail, loaded_stack, table, warn, warnings_on
from aistack.stack.catalogue import PROGRAMS
from aistack.stack.errors import StackError

IDENTITY = "identity"  # the table of stack.toml, listed like a service


@click.command()
@click.argument("service", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@click.option("--about", is_flag=True, help="Explain each setting.")
@click.option("--env-example", "as_example", is_flag=True, help="Print the contents of .env.example instead.")
def config(service: str | None, as_json: bool, about: bool, as_example: bool) -> None:
    """Print all settings in effect and their sources; secrets are masked. Also checks stack.toml and .env."""
    from aistack.deploy.identity import identity_origins
    from aistack.deploy.processes.programs import check_programs
    from aistack.deploy.settings import settings_of
    from aistack.deploy.variables import env_example, program_origins

    if as_example:
        click.echo(env_example(), nl=False)
        return

    stack = loaded_stack()
    chosen = [one for one in stack.chosen(()) if service in (None, one.entry.name)]
    if not chosen and service != IDENTITY:
        names = ", ".join((*(one.entry.name for one in stack.chosen(())), IDENTITY))
        fail(f"{service} is not an enabled service; enabled: {names}")
    try:
        check_programs(stack, [one for one in chosen if one.name in PROGRAMS])
        origins = {
            one.name: program_origins(one, stack) if one.name in PROGRAMS else settings_of(one, stack)[1]
            for one in chosen
        }
    except StackError as error:
        fail(str(error))
    if service in (None, IDENTITY):
        origins[IDENTITY] = identity_origins(stack)
    if as_json:
        rows = [
            {
                "service": name,
                "key": one.key,
                "value": one.value,
                "source": one.source,
                "env": one.env,
                "about": one.about,
            }
            for name, held in origins.items()
            for one in held
        ]
        click.echo(json.dumps(rows, default=str))
        return
    head = ("SETTING", "VALUE", "SOURCE", "ENVIRONMENT", *(("MEANING",) if about else ()))
    lines = [
        (f"{name}.{one.key}", str(one.value), one.source, one.env, *((one.about,) if about else ()))
        for name, held in origins.items()
        for one in held
    ]
    env_file = stack.env_file if stack.env_file and stack.env_file.is_file() else "none"
    click.echo(f"stack file: {stack.source}\n.env file:  {env_file}\n")
    click.echo(table(head, lines))
    warn(warnings_on(stack))
