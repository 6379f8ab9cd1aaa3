"""Blocks of the cache are shared by texts that begin alike, and given up when others need them."""

from hypothesis import given
from hypothesis import strategies as st

from aistack.inference.backends.transformers.blocks import BLOCK, Blocks, block_key, first_key, prompt_keys


def test_the_last_token_of_a_prompt_is_never_found():
    assert len(prompt_keys("", range(BLOCK))) == 0
    assert len(prompt_keys("", range(BLOCK + 1))) == 1


def test_keys_depend_on_everything_before_and_on_the_adapter():
    tokens = list(range(3 * BLOCK))
    plain, other = prompt_keys("", tokens), prompt_keys("", [9, *tokens[1:]])
    assert plain[1] != other[1]
    assert plain[0] != prompt_keys("formal", tokens)[0]
    assert plain[0] == block_key(first_key(""), tokens[:BLOCK])


def test_what_was_computed_is_found_again():
    blocks = Blocks(3)
    held = blocks.take(2)
    blocks.remember(held[0], b"a")
    blocks.release(held)
    assert blocks.available == 3
    assert blocks.find([b"a", b"b"]) == [held[0]] and blocks.available == 2
    assert blocks.find([b"a"]) == [held[0]]
    blocks.release([held[0]])
    assert blocks.available == 2
    blocks.release([held[0]])
    assert blocks.available == 3


def test_the_longest_unused_is_given_up_first():
    blocks = Blocks(2)
    for key in (b"old", b"new"):
        [block] = blocks.take(1)
        blocks.remember(block, key)
        blocks.release([block])
    blocks.release(blocks.find([b"old"]))
    blocks.take(1)
    assert blocks.find([b"new"]) == [] and len(blocks.find([b"old"])) == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=60))
def test_no_block_is_lost_or_held_twice(steps: list[tuple[int, int]]):
    blocks, texts = Blocks(8), list[list[int]]()
    for kind, size in steps:
        if kind and size <= blocks.available:
            found = blocks.find([bytes([kind])])
            if size <= blocks.available:
                taken = blocks.take(size)
                assert not set(taken) & {one for text in texts for one in text}
                blocks.remember(taken[0], bytes([kind]))
                found += taken
            texts.append(found)
        elif texts:
            blocks.release(texts.pop(0))
        held = {one for text in texts for one in text}
        assert blocks.available == 8 - len(held)
