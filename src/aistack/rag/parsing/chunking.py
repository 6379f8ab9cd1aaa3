"""Splits a parsed document into chunks: spans of text under one heading that are small enough to cite.

Blocks are kept whole where they fit; longer ones are split at sentences.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from aistack.language.analysis import IS_CJK, TOKEN
from aistack.rag.parsing.document import Block, ParsedDocument
from aistack.rag.parsing.sentences import sentences


@dataclass(frozen=True, slots=True)
class ChunkSpan:
    """One chunk: a span of the text, with its heading path and page."""

    start: int
    end: int
    heading: tuple[str, ...] = field(default=())
    page: int | None = None


def count_tokens(text: str) -> int:
    """An estimate of a model's token count: one per Han character, four thirds per word."""
    words = characters = 0
    for match in TOKEN.finditer(text):
        if IS_CJK.match(match.group()):
            characters += match.end() - match.start()
        else:
            words += 1
    return characters + (words * 4 + 2) // 3


def chunks(document: ParsedDocument, tokens_max: int, overlap_tokens: int) -> list[ChunkSpan]:
    """Packs blocks with the same heading and page up to `tokens_max` tokens; splits larger ones at sentences.

    Consecutive chunks of one split block share up to `overlap_tokens` tokens.
    """
    result: list[ChunkSpan] = []
    packed: list[Block] = []
    packed_tokens = 0
    for block in document.blocks:
        size = count_tokens(document.text[block.start : block.end])
        is_separate = packed and (packed[-1].heading, packed[-1].page) != (block.heading, block.page)
        if packed and (is_separate or packed_tokens + size > tokens_max):
            result += _pack(packed)
            packed, packed_tokens = [], 0
        if size > tokens_max:
            result += _split(document.text, block, tokens_max, overlap_tokens)
        else:
            packed.append(block)
            packed_tokens += size
    return result + list(_pack(packed))


def _pack(blocks: list[Block]) -> Iterator[ChunkSpan]:
    """One chunk of the blocks. None if they are only headings: the chunks below carry those."""
    if any(not block.is_heading for block in blocks):
        yield ChunkSpan(blocks[0].start, blocks[-1].end, blocks[0].heading, blocks[0].page)


def _split(text: str, block: Block, tokens_max: int, overlap_tokens: int) -> Iterator[ChunkSpan]:
    pieces = list(_pieces(text, block, tokens_max))
    first = 0
    while first < len(pieces):
        last, size = first, pieces[first][2]
        while last + 1 < len(pieces) and size + pieces[last + 1][2] <= tokens_max:
            last += 1
            size += pieces[last][2]
        yield ChunkSpan(pieces[first][0], pieces[last][1], block.heading, block.page)
        if last + 1 >= len(pieces):
            return
        repeated, kept = last + 1, 0
        while repeated - 1 > first and kept + pieces[repeated - 1][2] <= overlap_tokens:
            repeated -= 1
            kept += pieces[repeated][2]
        first = repeated


def _pieces(text: str, block: Block, tokens_max: int) -> Iterator[tuple[int, int, int]]:
    """Sentences of the block with their token counts; a sentence over the limit is cut into even parts."""
    for start, end in sentences(text[block.start : block.end]):
        start, end = start + block.start, end + block.start
        size = count_tokens(text[start:end])
        parts = max(1, -(-size // tokens_max), -(-(end - start) // (tokens_max * 12)))
        step = -(-(end - start) // parts)
        for at in range(start, end, step):
            stop = min(at + step, end)
            yield at, stop, size if parts == 1 else count_tokens(text[at:stop])
