"""search: the passages that match best."""

import typing

import click

from aistack.cli.documents.passages import place_line, snippet
from aistack.cli.documents.stack_options import Address, address, checked_request, run, stack_options
from aistack.rag.wire import Mode, SearchAnswer, SearchRequest

SEARCH_SECONDS_MAX = 60.0


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="WORDS")
@click.option("-c", "--collection", default="default", show_default=True, help="Name or id of a collection.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Number of passages.")
@click.option("--mode", type=click.Choice(typing.get_args(Mode)), default="auto", show_default=True)
@stack_options
def search(words: tuple[str, ...], collection: str, limit: int, mode: Mode, url: str, key: str, as_json: bool) -> None:
    """Search the documents of a collection for WORDS, by words and meaning."""
    request = checked_request(SearchRequest, query=" ".join(words), collection=collection, top_k=limit, mode=mode)
    found = run(_found(address(url, key), request))
    if as_json:
        click.echo(found.model_dump_json())
        return
    for number, hit in enumerate(found.hits, 1):
        click.echo(f"{number}. {place_line(hit)}\n   {snippet(hit)}")
    if not found.hits:
        click.echo("Nothing was found.", err=True)


async def _found(stack: Address, request: SearchRequest) -> SearchAnswer:
    async with stack.client(SEARCH_SECONDS_MAX) as client:
        return await client.find(request)
