"""Raw responses of an instance, and what a client must see of them.

`gets` is a status and `whole`, `cut` (the connection ends so that the client knows that something is missing) or
`close` (whole, and then closed). A malformed response is a 502. `has` and `hides` are looked for in what the client
gets. `ends` tells how the instance goes on: it keeps the connection, closes it, or resets it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    sent: bytes | tuple[bytes, ...]
    gets: str
    ends: str = "keeps"
    request: bytes = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
    has: bytes = b""
    hides: bytes = b""


HEAD = b"HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"
OLD = b"GET /x HTTP/1.0\r\nHost: a\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def whole(*lines: bytes, body: bytes = b"hello") -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", *lines, b"Content-Length: %d" % len(body), b"", body))


RESPONSES = [
    Case("a plain response", whole(), "200 whole", has=b"hello"),
    Case("no reason phrase", b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 whole"),
    Case("an empty reason phrase", b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 whole"),
    Case("a status that nobody knows", b"HTTP/1.1 299 Fine\r\nContent-Length: 0\r\n\r\n", "299 whole"),
    Case("a chunked response", CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", "200 whole", has=b"hello"),
    Case(
        "trailers",
        CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        "200 whole",
        has=b"X-Sum: 1",
    ),
    Case(
        "a trailer that would set a cookie", CHUNKED + b"0\r\nSet-Cookie: a=b\r\n\r\n", "200 whole", hides=b"Set-Cookie"
    ),
    Case("a body that ends with the connection", OK + b"\r\nhello", "200 whole", ends="closes", has=b"hello"),
    Case("HTTP/1.0 from the instance", b"HTTP/1.0 200 OK\r\n\r\nhello", "200 whole", ends="closes", has=b"hello"),
    Case(
        "a chunked response for an HTTP/1.0 client",
        CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
        "200 close",
        request=OLD,
        has=b"\r\n\r\nhello",
    ),
    Case("204 has no body", b"HTTP/1.1 204 No Content\r\n\r\n", "204 whole"),
    Case(
        "304 has no body, whatever length it tells",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n",
        "304 whole",
    ),
    Case(
        "HEAD gets no body, whatever length it tells",
        OK + b"Content-Length: 100\r\n\r\n",
        "200 whole",
        request=HEAD,
        has=b"ontent-",
    ),
    Case("HEAD answered with chunked", CHUNKED, "200 whole", request=HEAD),
    Case("HEAD answered with a body all the same", whole(), "200 whole", request=HEAD, hides=b"hello"),
    Case(
        "103 before the answer",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + whole(),
        "200 whole",
        has=b"103 Early Hints",
    ),
    Case("100 that nobody asked for", b"HTTP/1.1 100 Continue\r\n\r\n" + whole(), "200 whole"),
    Case(
        "102 before the answer",
        b"HTTP/1.1 102 Processing\r\n\r\n" + whole(),
        "200 whole",
    ),
    Case(
        "interim responses without end",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100,
        "502 whole",
    ),
    Case(
        "101 that nobody asked for",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "502 whole",
    ),
    Case("several cookies", whole(b"Set-Cookie: a=1", b"Set-Cookie: b=2"), "200 whole", has=b"Set-Cookie: b=2"),
    Case(
        "the instance's own security header gives way to ours",
        whole(b"X-Frame-Options: ALLOWALL"),
        "200 whole",
        hides=b"ALLOWALL",
    ),
    Case(
        "hop-by-hop headers stay here",
        whole(b"Keep-Alive: timeout=5", b"Proxy-Connection: x"),
        "200 whole",
        hides=b"Proxy-Connection",
    ),
    Case(
        "what Connection names stays here",
        whole(b"Connection: X-Secret", b"X-Secret: 1"),
        "200 whole",
        hides=b"X-Secret: 1",
    ),
    Case("a header with a tab", whole(b"X-A: a\tb"), "200 whole", has=b"a\tb"),
    Case("bytes above ASCII in a value", whole(b"X-A: \xe9"), "200 whole", has=b"\xe9"),
    Case(
        "both length and chunked",
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "502 whole",
    ),
    Case("two lengths that differ", OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "502 whole"),
    Case(
        "two lengths that are the same",
        OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "200 whole",
        has=b"hello",
    ),
    Case("a negative length", OK + b"Content-Length: -5\r\n\r\nhello", "502 whole"),
    Case("a length that is no number", OK + b"Content-Length: five\r\n\r\nhello", "502 whole"),
    Case("a list of lengths", OK + b"Content-Length: 5, 5\r\n\r\nhello", "502 whole"),
    Case("an unknown transfer coding", OK + b"Transfer-Encoding: gzip\r\n\r\nhello", "502 whole"),
    Case(
        "chunked on HTTP/1.0",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "502 whole",
    ),
    Case("a bare LF as line end", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "502 whole"),
    Case("one bare LF among CRLFs", OK + b"X-A: 1\nX-B: 2\r\nContent-Length: 0\r\n\r\n", "502 whole"),
    Case("a bare CR in a value", whole(b"X-A: 1\rX-B: 2"), "502 whole"),
    Case("a NUL in a value", whole(b"X-A: a\0b"), "502 whole"),
    Case("a folded line", whole(b"X-A: 1", b" 2"), "502 whole"),
    Case("a space before the colon", whole(b"X-A : 1"), "502 whole"),
    Case("a line without a colon", whole(b"nonsense"), "502 whole"),
    Case("a status line that is none", b"HELLO\r\n\r\n", "502 whole"),
    Case("a version that is not ours", b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "502 whole"),
    Case("a status with two digits", b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", "502 whole"),
    Case("a status with four digits", b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", "502 whole"),
    Case("a status of zero", b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n", "502 whole"),
    Case("nothing at all", b"", "502 whole", ends="closes"),
    Case("a reset", b"", "502 whole", ends="resets"),
    Case("half a head", b"HTTP/1.1 200 OK\r\nContent-", "502 whole", ends="closes"),
    Case("a head that is too large", OK + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n", "502 whole"),
    Case(
        "too many headers",
        OK + b"".join(b"X-%d: 1\r\n" % n for n in range(300)) + b"Content-Length: 0\r\n\r\n",
        "502 whole",
    ),
    Case("a body cut off", OK + b"Content-Length: 100\r\n\r\nhello", "200 cut", ends="closes"),
    Case("a body reset half way", OK + b"Content-Length: 100\r\n\r\nhello", "200 cut", ends="resets"),
    Case("chunks cut off", CHUNKED + b"5\r\nhello\r\n", "200 cut", ends="closes"),
    Case("chunks cut off inside one", CHUNKED + b"9\r\nhello", "200 cut", ends="closes"),
    Case("a chunk size that is no number", (CHUNKED + b"5\r\nhello\r\n", b"zz\r\n"), "200 cut"),
    Case(
        "more than the length",
        OK + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "200 whole",
        hides=b"evil",
    ),
    Case(
        "an answer to nothing behind the chunks",
        CHUNKED + b"0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "200 whole",
        hides=b"evil",
    ),
    Case(
        "a head in pieces",
        (b"HTTP/1.1 2", b"00 OK\r\nContent-Length: 5\r", b"\n\r", b"\nhello"),
        "200 whole",
        has=b"hello",
    ),
    Case("a body in pieces", (OK + b"Content-Length: 5\r\n\r\n", b"he", b"llo"), "200 whole", has=b"llo"),
    Case("chunks in pieces", (CHUNKED, b"5", b"\r\nhel", b"lo\r\n0", b"\r\n\r", b"\n"), "200 whole", has=b"lo"),
    Case(
        "an answer before the body is there",
        whole(),
        "200 close",
        request=b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhel",
        has=b"hello",
    ),
]
