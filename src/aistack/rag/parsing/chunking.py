"""From a parsed document to chunks: pieces of text under one heading, small enough to cite, whole where possible."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aistack.language.analysis import IS_CJK, TOKEN
from aistack.rag.parsing.sentences import sentences


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, table or code block as the parser found it: a span of the document's text."""

    start: int
    end: int
    heading: tuple[str, ...] = ()
    page: int | None = None
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of a file. Blocks are in order and do not overlap."""

    text: str
    title: str
    media_type: str
    blocks: Sequence[Block]
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class ChunkSpan:
    """One chunk: a span of the text, where it stands."""

    start: int
    end: int
    heading: tuple[str, ...] = field(default=())
    page: int | None = None


def count_tokens(text: str) -> int:
    """About how many tokens a model would see: one a Han character, four thirds a word."""
    words = characters = 0
    for match in TOKEN.finditer(text):
        if IS_CJK.match(match.group()):
            characters += match.end() - match.start()
        else:
            words += 1
    return characters + (words * 4 + 2) // 3


def chunks(document: ParsedDocument, tokens_max: int, overlap_tokens: int) -> list[ChunkSpan]:
    """Packs blocks that share a heading and a page up to `tokens_max`; splits larger ones at sentences."""
    made: list[ChunkSpan] = []
    held: list[Block] = []
    held_tokens = 0
    for block in document.blocks:
        size = count_tokens(document.text[block.start : block.end])
        apart = held and (held[-1].heading, held[-1].page) != (block.heading, block.page)
        if held and (apart or held_tokens + size > tokens_max):
            made += _packed(held)
            held, held_tokens = [], 0
        if size > tokens_max:
            made += _split(document.text, block, tokens_max, overlap_tokens)
        else:
            held.append(block)
            held_tokens += size
    return made + list(_packed(held))


def _packed(blocks: list[Block]) -> Iterator[ChunkSpan]:
    """A chunk of the blocks; none when they are headings only, for those stand in the chunks below them."""
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
    """Sentences of the block with their tokens; one that is too long by itself is cut into even parts."""
    for start, end in sentences(text[block.start : block.end]):
        start, end = start + block.start, end + block.start
        size = count_tokens(text[start:end])
        parts = max(1, -(-size // tokens_max), -(-(end - start) // (tokens_max * 12)))
        step = -(-(end - start) // parts)
        for at in range(start, end, step):
            stop = min(at + step, end)
            yield at, stop, size if parts == 1 else count_tokens(text[at:stop])
