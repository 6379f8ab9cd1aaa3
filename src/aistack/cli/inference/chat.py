"""chat: a conversation with one of the stack's models, in the terminal."""

import asyncio
import contextlib
import importlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import click

from aistack.cli.output import INTERRUPTED, api_key, fail, loaded_stack, plain
from aistack.llm.chat import ChatFailed, ChatModel, Message

DEFAULT_MODEL = "default"
ANSWER_SECONDS_MAX = 600.0
QUOTES = '"""'
HELP = f"""\
/model NAME   Switch to another model; without a name, list the models
/system TEXT  Set the system prompt; without a text, remove it
/clear        Start over
/help         Show this list
/bye          Quit (or press Ctrl+D); Ctrl+C stops an answer
Enclose a question of several lines in {QUOTES}."""


@dataclass
class Conversation:
    """What has been said, and how the next answer is to be made."""

    model: str
    tokens_max: int
    temperature: float
    system: str = ""
    messages: list[Message] = field(default_factory=list[Message])

    def prompt(self) -> list[Message]:
        system: list[Message] = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, *self.messages]


@click.command()
@click.argument("model", default=DEFAULT_MODEL)
@click.option("--system", default="", help="System prompt.")
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.7, show_default=True)
@click.option("--max-tokens", type=click.IntRange(min=1), default=2048, show_default=True, help="Per answer.")
def chat(model: str, system: str, temperature: float, max_tokens: int) -> None:
    """Chat with MODEL, a name from the model table. Answers a question piped to it, and exits."""
    conversation = Conversation(model, max_tokens, temperature, system)
    if sys.stdin.isatty():
        _interact(conversation)
        return
    try:
        question = sys.stdin.buffer.read().decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        fail(f"standard input is not UTF-8 text (byte {error.start}); convert it first, for example with iconv")
    if not question:
        fail("standard input is empty; pipe a question to this command, or run it in a terminal")
    try:
        _answer(conversation, question)
    except ChatFailed as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _interact(conversation: Conversation) -> None:
    with contextlib.suppress(ImportError):
        importlib.import_module("readline")  # input() uses it for editing and history
    click.echo(f"Chatting with {conversation.model}. /help lists the commands.")
    while (line := _question()) is not None:
        if line.startswith("/"):
            if not _obey(conversation, line):
                return
        elif line:
            try:
                _answer(conversation, line)
            except ChatFailed as error:
                click.echo(f"aistack: {error}", err=True)


def _question() -> str | None:
    """The next line, or the lines between triple quotes; None at the end of the input."""
    try:
        line = input(">>> ").strip()
        if not line.startswith(QUOTES):
            return line
        lines = [line.removeprefix(QUOTES)]
        while not lines[-1].rstrip().endswith(QUOTES):
            lines.append(input("... "))
        return "\n".join(lines).rstrip().removesuffix(QUOTES).strip()
    except EOFError:
        click.echo()
        return None
    except KeyboardInterrupt:
        click.echo()
        return ""


def _obey(conversation: Conversation, line: str) -> bool:
    """Runs a command. False if it ends the conversation."""
    command, _, rest = line.partition(" ")
    match command, rest.strip():
        case (("/bye" | "/exit" | "/quit"), _):
            return False
        case "/clear", _:
            conversation.messages.clear()
        case "/system", text:
            conversation.system = text
        case "/model", "":
            click.echo("\n".join(_model_names()))
        case "/model", name:
            conversation.model = name
        case "/help", _:
            click.echo(HELP)
        case _:
            click.echo(f"{command} is not a command.\n{HELP}")
    return True


def _answer(conversation: Conversation, question: str) -> None:
    """Prints the answer as it arrives. One that is interrupted stays in the conversation as far as it came.

    Raises ChatFailed; then the question is not part of the conversation.
    """
    conversation.messages.append({"role": "user", "content": question})
    pieces: list[str] = []
    try:
        asyncio.run(_stream(conversation, pieces))
    except ChatFailed:
        if pieces:
            click.echo()
        conversation.messages.pop()
        raise
    except KeyboardInterrupt:
        click.echo()
        if not sys.stdin.isatty():
            raise
    else:
        click.echo()
    if text := "".join(pieces):
        conversation.messages.append({"role": "assistant", "content": text})
    else:
        conversation.messages.pop()


async def _stream(conversation: Conversation, pieces: list[str]) -> None:
    model = ChatModel(_base_url(), conversation.model, api_key(), ANSWER_SECONDS_MAX)
    try:
        answer: AsyncIterator[str] = model.stream(
            conversation.prompt(), conversation.tokens_max, conversation.temperature
        )
        async for piece in answer:
            pieces.append(piece)
            click.echo(plain(piece), nl=False)
    finally:
        await model.close()


def _base_url() -> str:
    return loaded_stack().gateway_url.rstrip("/") + "/v1"


def _model_names() -> list[str]:
    from aistack.chassis.errors import Problem
    from aistack.chassis.outgoing_http import GatewayClient

    async def listed() -> list[str]:
        async with GatewayClient(loaded_stack().gateway_url, api_key(), timeout_seconds=10) as client:
            found = await client.call("GET", "/v1/models")
            return [str(one["id"]) for one in found["data"]] or ["No model is configured."]

    try:
        return asyncio.run(listed())
    except Problem as problem:
        return [problem.detail]
