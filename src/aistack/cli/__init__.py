"""The `aistack` command: one module per group of subcommands, each imported only when it is called.

Arguments come in; text and an exit status go out. The modules parse and print; `deploy` and `llm` do the work.
"""

import importlib

import click

from aistack import __version__

COMMANDS = {
    "up": ("lifecycle", "Start the stack in the background, or with --foreground"),
    "down": ("lifecycle", "Drain and stop the stack"),
    "restart": ("lifecycle", "Stop the stack and start it again"),
    "reload": ("lifecycle", "Apply changes to stack.toml and .env without losing a request"),
    "status": ("status", "Show which services run, where, and their health"),
    "logs": ("status", "Print the stack's log"),
    "config": ("config", "Print all settings in effect and their sources"),
    "keys": ("people.keys", "List, add and revoke API keys"),
    "users": ("people.users", "List, add, invite, disable and remove users and service accounts"),
    "groups": ("people.groups", "List, add and remove groups, and their members"),
    "add": ("documents.add", "Add files and folders to a collection of documents"),
    "ask": ("documents.ask", "Answer a question from the documents, with citations"),
    "search": ("documents.search", "Search the documents"),
    "models": ("models", "List, pull, use and remove local models"),
    "chat": ("inference.chat", "Chat with a model of the stack in the terminal"),
    "sidecar": ("inference.sidecar", "Serve predictions from inference workers over gRPC"),
    "worker": ("inference.worker", "Serve models to a sidecar over a Unix socket"),
    "render": ("render", "Write deployment files: Compose, systemd, Kubernetes, nginx ..."),
    "doctor": ("doctor", "Check this machine and the stack, and suggest fixes"),
    "secrets": ("secrets", "Create the secrets for containers, systemd or Kubernetes"),
    "certs": ("certs", "Create a self-signed TLS certificate"),
    "host-tuning": ("host_tuning", "Show, apply or undo kernel limits and firewall rules"),
    "demo": ("demo", "Load the demo documents into the running stack"),
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
    """A private AI backend in a single install."""
