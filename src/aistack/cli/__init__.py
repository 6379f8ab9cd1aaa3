"""The `aistack` command: thin, one file a group of commands, each loaded when it is called."""

import importlib

import click

from aistack import __version__

COMMANDS = {
    "up": ("lifecycle", "Start the stack: in the background, or --foreground"),
    "down": ("lifecycle", "Drain the stack and stop it"),
    "restart": ("lifecycle", "Stop, then start"),
    "reload": ("lifecycle", "Take up stack.toml and .env again without losing a request"),
    "status": ("lifecycle", "Show what runs, where, how it is"),
    "logs": ("lifecycle", "Print the stack's log"),
    "config": ("config", "Print every setting in force and where it came from"),
    "keys": ("keys", "List, add and revoke API keys"),
    "models": ("models", "List, pull and verify sentence models"),
    "render": ("render", "Write the files that run the stack elsewhere"),
    "doctor": ("doctor", "Check what the stack needs; each finding with its fix"),
    "secrets": ("secrets", "Make the secrets of a stack that runs apart"),
    "certs": ("certs", "Make a self-signed certificate"),
    "host-tuning": ("host_tuning", "Show, apply or undo limits of this machine"),
    "demo": ("demo", "Load the demo set into the running stack"),
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"aistack.cli.{COMMANDS[cmd_name][0]}")
        return getattr(module, cmd_name.replace("-", "_"))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aistack")
def main() -> None:
    """A private AI backend in one install."""
