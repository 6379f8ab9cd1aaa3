"""Completes hits that begin or end within a code block or a table, so that both can be quoted as they stand."""

from collections.abc import Mapping, Sequence

from aistack.rag.answers.candidates import CODE_CHARACTERS_MAX, RULE, table_cells
from aistack.rag.documents import DocumentStore
from aistack.rag.parsing.sentences import FENCE
from aistack.rag.wire import Hit

TABLE_CHARACTERS_MAX = 100_000  # before a hit, in which the first row of its table is looked for


async def completed(hits: Sequence[Hit], documents: DocumentStore) -> tuple[list[Hit], dict[str, list[str]]]:
    """The hits with whole code blocks, and the column names of the tables that hits begin within, by chunk."""
    cut = [hit for hit in hits if hit.text.lstrip().startswith("|") or "```" in hit.text or "~~~" in hit.text]
    if not cut:
        return list(hits), {}
    texts = await documents.texts({hit.document for hit in cut})
    columns = {hit.chunk: names for hit in cut if (names := _columns(hit, texts))}
    return [
        _with_whole_code(hit, texts[hit.document]) if hit in cut and hit.document in texts else hit for hit in hits
    ], columns


def _columns(hit: Hit, texts: Mapping[str, str]) -> list[str]:
    if not hit.text.lstrip().startswith("|") or hit.document not in texts:
        return []
    before = texts[hit.document][max(0, hit.start - TABLE_CHARACTERS_MAX) : hit.start]
    first = rule = ""
    for line in reversed(before.rstrip().splitlines()):
        if not line.strip().startswith("|"):
            break
        first, rule = line, first
    return table_cells(first) if RULE.fullmatch(rule) else []


def _with_whole_code(hit: Hit, text: str) -> Hit:
    """The hit, extended to the start and the end of the code blocks that its ends lie within."""
    start, end = hit.start, hit.end
    for fence in FENCE.finditer(text, max(0, hit.start - CODE_CHARACTERS_MAX)):
        if fence.start() >= hit.end:
            break
        if fence.end() - fence.start() <= CODE_CHARACTERS_MAX and fence.end() > hit.start:
            start, end = min(start, fence.start()), max(end, fence.end())
    if (start, end) == (hit.start, hit.end):
        return hit
    return hit.model_copy(update={"start": start, "end": end, "text": text[start:end]})
