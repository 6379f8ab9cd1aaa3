"""Header fields: what a peer's encoder wrote is decoded, however its dynamic table changes; what we write is read."""

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aistack.http2.wire.errors import ConnectionFault
from aistack.http2.wire.header_fields import FieldDecoder, encode
from aistack.http2.wire.limits import Limits
from tests.properties import examples

NAMES = st.sampled_from([b":status", b"grpc-status", b"content-type", b"x-a", b"x-b", b"grpc-timeout"])
VALUES = st.one_of(st.sampled_from([b"200", b"0", b"application/grpc", b"1S"]), st.binary(max_size=80))
FIELDS = st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=6).map(tuple)
STEPS = st.lists(st.one_of(FIELDS, st.sampled_from([0, 64, 200, 4096])), min_size=1, max_size=30)


@examples(200)
@given(STEPS, st.booleans())
def test_blocks_are_decoded_as_they_were_encoded_whatever_the_table_holds(steps: list, huffman: bool):
    encoder, decoder = hpack.Encoder(), FieldDecoder(Limits())
    for step in steps:
        if isinstance(step, int):
            if step != encoder.header_table_size:  # the library forgets to announce a size that is set twice
                encoder.header_table_size = step
        else:
            for _ in range(3):  # the same fields again: in the end a block of indexes only
                assert decoder.decode(encoder.encode(step, huffman=huffman)) == step


@examples(200)
@given(FIELDS)
def test_what_is_encoded_can_be_read_by_any_decoder_and_changes_no_table(fields: tuple):
    decoder = hpack.Decoder()
    block = encode(fields)
    assert tuple(map(tuple, decoder.decode(block, raw=True))) == fields
    assert not decoder.header_table.dynamic_entries
    assert block == encode(fields)


@examples(500)
@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(block: bytes):
    decoder = FieldDecoder(Limits())
    try:
        decoder.decode(block)
    except ConnectionFault:
        return


def test_long_values_are_encoded():
    fields = ((b"authorization", b"x" * 5000), (b"x-long", b"y" * 70_000))
    assert tuple(map(tuple, hpack.Decoder(200_000).decode(encode(fields), raw=True))) == fields


def test_a_list_that_would_grow_beyond_the_limit_is_refused():
    decoder = FieldDecoder(Limits(decoded_bytes=1000))
    with pytest.raises(ConnectionFault, match="more than 1000 bytes"):
        decoder.decode(hpack.Encoder().encode([(b"x", b"v" * 2000)]))
