"""ask: a question is answered from the documents."""

import json
import sys

import click

from aistack.cli.documents.passages import place_line
from aistack.cli.documents.stack_options import Address, address, checked_request, run, stack_options
from aistack.cli.output import fail, plain
from aistack.rag.wire import Answer, AnswerRequest, Citation, Sentence

ANSWER_SECONDS_MAX = 600.0


@click.command()
@click.argument("question", nargs=-1, metavar="QUESTION")
@click.option("-c", "--collection", default="default", show_default=True, help="Name or id of a collection.")
@click.option("--stream", is_flag=True, help="Print each sentence as soon as it is found. In a terminal it always is.")
@stack_options
def ask(question: tuple[str, ...], collection: str, stream: bool, url: str, key: str, as_json: bool) -> None:
    """Answer QUESTION from the documents of a collection, with the sources. Without one, reads it from a pipe.

    With a model the answer is written, otherwise it quotes the documents. --json prints the answer as an object, with
    --stream its parts as one object per line.
    """
    text = " ".join(question) or _piped()
    request = checked_request(AnswerRequest, question=text, collection=collection)
    stack = address(url, key)
    if as_json and not stream:
        click.echo(run(_whole(stack, request)).model_dump_json())
    else:
        run(_print_parts(stack, request, as_json=as_json, at_once=stream or sys.stdout.isatty()))


def _piped() -> str:
    if sys.stdin.isatty():
        fail('ask a question: aistack ask "How long is the warranty?"')
    text = sys.stdin.buffer.read().decode("utf-8-sig", "replace").strip()
    if not text:
        fail("standard input is empty; pipe a question to this command")
    return text


async def _whole(stack: Address, request: AnswerRequest) -> Answer:
    async with stack.client(ANSWER_SECONDS_MAX) as client:
        return await client.full_answer(request)


async def _print_parts(stack: Address, request: AnswerRequest, *, as_json: bool, at_once: bool) -> None:
    citations: list[Citation] = []
    sentences: list[str] = []
    async with stack.client(ANSWER_SECONDS_MAX) as client:
        async for part in client.answer_parts(request):
            if as_json:
                click.echo(json.dumps({type(part).__name__.lower(): part.model_dump(mode="json")}, ensure_ascii=False))
            elif isinstance(part, Citation):
                citations.append(part)
            elif isinstance(part, Sentence):
                sentences.append(_marked(part))
                if at_once:
                    click.echo(sentences[-1])
            else:
                _print_end(part, [] if at_once else sentences, citations)


def _print_end(answer: Answer, sentences: list[str], citations: list[Citation]) -> None:
    for one in sentences:
        click.echo(one)
    if answer.mode == "none":
        click.echo(plain(answer.answer))
    if answer.note:
        click.echo(f"aistack: {plain(answer.note)}", err=True)
    if citations:
        click.echo("\nSources:" if answer.mode == "generated" else "\nSources, which the answer quotes:")
    for one in citations:
        click.echo(f"[{one.number}] {place_line(one)}")


def _marked(sentence: Sentence) -> str:
    return f"{plain(sentence.text)} {''.join(f'[{number}]' for number in sentence.citations)}"
