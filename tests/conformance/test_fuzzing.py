"""Open-ended input for the parsers: no crash, no difference by how bytes are cut, nothing taken that llhttp refuses."""

import re
from itertools import pairwise

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aistack.gateway.http1.body_framing import ChunkedBody, LengthBody, chunk, last_chunk
from aistack.gateway.http1.header_fields import Malformed, check_partial
from aistack.gateway.http1.request_head import HeadReader
from aistack.gateway.http1.request_line import read_request_line
from aistack.gateway.http1.response_head import read_response_head
from tests.conformance.requests import REQUESTS
from tests.conformance.responses import RESPONSES
from tests.properties import examples

SEEDS = [case.sent if isinstance(case.sent, bytes) else b"".join(case.sent) for case in REQUESTS]
RESPONSE_SEEDS = [case.sent if isinstance(case.sent, bytes) else b"".join(case.sent) for case in RESPONSES]
SPICE = [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b";", b"0", b"chunked", b"Content-Length: 3\r\n",
         b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n", b"\xff", b"HTTP/1.1"]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    data = draw(st.sampled_from(seeds))[:2000]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        upto = draw(st.integers(at, min(len(data), at + 8)))
        data = data[:at] + draw(st.one_of(st.sampled_from(SPICE), st.binary(max_size=4))) + data[upto:]
    return data


# Optional whitespace behind a value may be a tab (RFC 9110 §5.6.3); llhttp refuses it behind a coding.
TAB_BEHIND_CODING = re.compile(rb"transfer-encoding:[^\r]*\t\r\n", re.IGNORECASE)


class Heard:
    """What llhttp makes of a request's head."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.target = b""
        self.complete = self.keeps_alive = False
        self.parser = httptools.HttpRequestParser(self)

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.complete = True
        self.keeps_alive = self.parser.should_keep_alive()


def read(head: bytes):
    start, _, block = head.partition(b"\r\n")
    line = read_request_line(start)
    return line, HeadReader(1000).read(block, line.http10)


def taken_from(data: bytes):
    """What we make of the head in the data; None when it is not whole, or refused."""
    head, end, _ = data.partition(b"\r\n\r\n")
    try:
        return read(head) if end else None
    except Malformed:
        return None


@examples(600)
@given(mutated(SEEDS))
def test_what_we_take_llhttp_takes_too_and_reads_the_same(data: bytes):
    taken = taken_from(data)
    if taken is None:
        return
    line, fields = taken
    heard = Heard()
    parser = heard.parser
    try:
        parser.feed_data(data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserInvalidMethodError:
        return  # llhttp knows a list of methods
    except httptools.HttpParserError:
        assert TAB_BEHIND_CODING.search(data), "we take what llhttp refuses"
        return
    assert heard.complete
    assert parser.get_method() == line.method
    passed = [name.lower() for name, _ in heard.headers]
    for name in (one.partition(b":")[0].lower() for one in fields.passed.split(b"\r\n") if one):
        assert name in passed
    lengths = [int(value) for name, value in heard.headers if name.lower() == b"content-length"]
    assert lengths == ([] if fields.body_length is None else [fields.body_length])
    assert fields.chunked == any(name.lower() == b"transfer-encoding" for name, _ in heard.headers)
    if b"proxy-connection" in passed:
        return  # llhttp takes it for Connection, which no RFC does
    assert heard.keeps_alive == fields.keep_alive or fields.wants_websocket or b"upgrade" in passed


@examples(600)
@given(mutated(RESPONSE_SEEDS))
def test_a_response_head_is_read_or_refused(data: bytes):
    head, end, _ = data.partition(b"\r\n\r\n")
    try:
        if end:
            found = read_response_head(head)
            assert found.length is None or (found.length >= 0 and not found.chunked)
            assert found.passed.endswith(b"\r\n")
            assert found.passed.count(b"\n") == found.passed.count(b"\r\n") == found.passed.count(b"\r")
        else:
            check_partial(head)
    except Malformed:
        pass


@examples(300)
@given(mutated(SEEDS))
def test_what_is_passed_on_holds_no_line_break_of_the_clients(data: bytes):
    taken = taken_from(data)
    if taken is None:
        return
    line, fields = taken
    assert b"\r" not in line.start[:-8] and b"\n" not in line.start.replace(b"\r\nhost: ", b"")
    for one in fields.passed.split(b"\r\n"):
        assert b"\r" not in one and b"\n" not in one and b"\0" not in one
    assert b"\r" not in fields.host and b"\n" not in fields.host


def feed(body: ChunkedBody, pieces: list[bytes]) -> tuple[bytes, bool, bytes, list[bytes]] | None:
    payload = b""
    rest = b""
    try:
        for piece in pieces:
            if body.done:
                rest += piece
                continue
            payload += body.feed(piece)
            if body.done:
                rest = body.rest
    except Malformed:
        return None
    return payload, body.done, rest, [field.line for field in body.trailers]


CHUNKED_SEEDS = [
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nX-A: 1\r\n\r\nGET",
    b"1\r\na\r\n" * 5 + b"0\r\n\r\n",
]


@examples(800)
@given(mutated(CHUNKED_SEEDS), st.lists(st.integers(0, 60), max_size=8))
@example(b"5\r\nhello\r\n0\r\n\r\n", list(range(15)))
def test_where_a_chunked_body_is_cut_makes_no_difference(data: bytes, cuts: list[int]):
    points = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[a:b] for a, b in pairwise(points)]
    assert feed(ChunkedBody(), pieces) == feed(ChunkedBody(), [data] if data else [])


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=10), st.integers(1, 50))
def test_what_was_chunked_is_read_back(parts: list[bytes], step: int):
    data = b"".join(map(chunk, parts)) + last_chunk(())
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert feed(ChunkedBody(), pieces) == (b"".join(parts), True, b"", [])


@given(st.binary(max_size=100), st.integers(0, 60), st.integers(1, 20))
def test_a_body_of_a_given_length_ends_where_it_says(data: bytes, length: int, step: int):
    body, got = LengthBody(length), b""
    fed = 0
    for at in range(0, len(data), step):
        if body.done:
            break
        piece = data[at : at + step]
        fed += len(piece)
        got += body.feed(piece)
    assert got == data[: min(length, fed)]
    assert body.done == (len(got) == length)


@pytest.mark.parametrize("noise", [b"\xff" * 100, b"\0" * 100, b"\r\n" * 50, b": : :\r\n" * 10, b"A" * 5000])
def test_noise_is_malformed(noise: bytes):
    with pytest.raises(Malformed):
        read(noise + b"\r\nHost: a")
    with pytest.raises(Malformed):
        read_response_head(noise)
