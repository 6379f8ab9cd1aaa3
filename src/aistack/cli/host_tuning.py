"""host-tuning: kernel limits that a busy gateway runs into, and firewall rules."""

import click

from aistack.cli.output import fail, loaded_stack, table
from aistack.stack.errors import StackError


@click.command(name="host-tuning")
@click.option("--apply", "action", flag_value="apply", help="Set the limits and the firewall rules (as root).")
@click.option("--undo", "action", flag_value="undo", help="Restore what --apply changed (as root).")
def host_tuning(action: str | None) -> None:
    """Show kernel limits (sysctl) and firewall rules for this stack, apply them, or undo them."""
    from aistack.deploy.machine import host_tuning as tuning

    stack = loaded_stack()
    try:
        if action == "apply":
            done = tuning.apply(stack)
        elif action == "undo":
            done = tuning.undo()
        else:
            rows = [(one.key, one.now, one.wanted, "ok" if one.enough else "raise") for one in tuning.limits()]
            click.echo(table(("SETTING", "CURRENT", "RECOMMENDED", ""), rows))
            click.echo("\n".join(("", "Firewall (ufw):", *(f"  ufw {rule}" for rule in tuning.firewall(stack)))))
            return
    except StackError as error:
        fail(str(error))
    click.echo("\n".join(done) or "Nothing to change.")
