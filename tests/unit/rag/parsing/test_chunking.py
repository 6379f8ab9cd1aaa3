"""Sentences and chunks of Chinese and English text."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from aistack.rag.parsing.chunking import chunks, count_tokens
from aistack.rag.parsing.document import Block, ParsedDocument
from aistack.rag.parsing.sentences import sentences

ANY_TEXT = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("知识图谱。！？.!? \nabc")), max_size=400)


def test_sentences_end_where_a_reader_would_say():
    text = "See e.g. the docs. It costs 3.5 dollars! 第一句。第二句？\n\nNew paragraph"
    assert [text[start:end] for start, end in sentences(text)] == [
        "See e.g. the docs.", "It costs 3.5 dollars!", "第一句。", "第二句？", "New paragraph",
    ]  # fmt: skip


@given(ANY_TEXT)
def test_sentences_are_in_order_inside_the_text_and_lose_no_word(text: str):
    spans = list(sentences(text))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())


@given(
    st.lists(st.text(alphabet="ab 知识。.\n", min_size=1, max_size=300), min_size=1, max_size=8), st.integers(32, 64)
)
def test_chunks_cover_every_sentence_and_keep_to_the_budget(paragraphs: list[str], tokens_max: int):
    text, blocks = "", []
    for paragraph in paragraphs:
        blocks.append(Block(len(text), len(text) + len(paragraph)))
        text += paragraph + "\n\n"
    document = ParsedDocument(text, "", "text/plain", blocks)
    made = chunks(document, tokens_max, 10)
    covered = set()
    for chunk in made:
        covered |= set(range(chunk.start, chunk.end))
        assert count_tokens(text[chunk.start : chunk.end]) <= tokens_max * 1.1 + 1
    for block in blocks:
        for start, end in sentences(text[block.start : block.end]):
            assert {block.start + start, block.start + end - 1} <= covered


def test_a_chunk_never_mixes_pages_or_headings():
    document = ParsedDocument(
        "aa bb cc", "", "", [Block(0, 2, ("A",)), Block(3, 5, ("B",)), Block(6, 8, ("B",), page=2)]
    )
    assert [(one.heading, one.page) for one in chunks(document, 100, 0)] == [
        (("A",), None),
        (("B",), None),
        (("B",), 2),
    ]
