"""Raw requests, and what each must get: RFC 9110 and 9112 at their edges, and the known ways to smuggle.

`gets` are the statuses of the answers in their order, "cut" for a connection that ended without one, and a last
"close" when the gateway must close the connection. `upstream` is what reaches the instance: method, target and body.
"""

from dataclasses import dataclass

CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    sent: bytes | tuple[bytes, ...]
    gets: str
    upstream: str | None = None
    has: bytes = b""
    hides: bytes = b""


def get(*lines: bytes, target: bytes = b"/x", version: bytes = b"HTTP/1.1", host: bytes = b"Host: a.example") -> bytes:
    return b"\r\n".join((b"GET " + target + b" " + version, *((host,) if host else ()), *lines, b"", b""))


def post(*lines: bytes, body: bytes = b"", target: bytes = b"/x") -> bytes:
    return b"\r\n".join((b"POST " + target + b" HTTP/1.1", b"Host: a.example", *lines, b"", b"")) + body


CHUNKED = b"Transfer-Encoding: chunked"
OK = "GET /x ''"
HELLO = "POST /x 'hello'"

FRAMING = [
    Case("a plain request", get(), "200", OK),
    Case("a body of a given length", post(b"Content-Length: 5", body=b"hello"), "200", HELLO),
    Case("a body of length zero", post(b"Content-Length: 0"), "200", "POST /x ''"),
    Case("no length at all means no body", post(), "200", "POST /x ''"),
    Case("a chunked body", post(CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n"), "200", HELLO),
    Case("chunks of several sizes", post(CHUNKED, body=b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), "200", HELLO),
    Case(
        "chunk sizes in upper case hex with zeros before",
        post(CHUNKED, body=b"0005\r\nhello\r\n000\r\n\r\n"),
        "200",
        HELLO,
    ),
    Case("a chunk extension", post(CHUNKED, body=b"5;a=b\r\nhello\r\n0\r\n\r\n"), "200", HELLO),
    Case("a quoted chunk extension", post(CHUNKED, body=b'5;a="b c"\r\nhello\r\n0\r\n\r\n'), "200", HELLO),
    Case("trailers behind the last chunk", post(CHUNKED, body=b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), "200", HELLO),
    Case(
        "the coding's name in upper case", post(b"Transfer-Encoding: CHUNKED", body=b"0\r\n\r\n"), "200", "POST /x ''"
    ),
    Case("a body on GET is passed", get(b"Content-Length: 5") + b"hello", "200", "GET /x 'hello'"),
    Case("both length and chunked (CL.TE)", post(b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\nG"), "400 close"),
    Case(
        "both chunked and length (TE.CL)",
        post(CHUNKED, b"Content-Length: 4", body=b"5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n"),
        "400 close",
    ),
    Case("two lengths that differ", post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"), "400 close"),
    Case(
        "two lengths that are the same",
        post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"),
        "400 close",
    ),
    Case("a list of lengths", post(b"Content-Length: 5, 5", body=b"hello"), "400 close"),
    Case("a negative length", post(b"Content-Length: -5", body=b"hello"), "400 close"),
    Case("a length with a plus", post(b"Content-Length: +5", body=b"hello"), "400 close"),
    Case("a hexadecimal length", post(b"Content-Length: 0x5", body=b"hello"), "400 close"),
    Case("a length with a fraction", post(b"Content-Length: 5.0", body=b"hello"), "400 close"),
    Case("a length with a space inside", post(b"Content-Length: 5 5", body=b"hello"), "400 close"),
    Case("an empty length", post(b"Content-Length:", body=b""), "400 close"),
    Case("a length beyond all numbers", post(b"Content-Length: 99999999999999999999", body=b""), "400 close"),
    Case("a length in other digits", post("Content-Length: ٥".encode(), body=b"hello"), "400 close"),
    Case("a length over the limit", post(b"Content-Length: 20000000"), "413 close", ""),
    Case(
        "an unknown transfer coding",
        post(b"Transfer-Encoding: gzip", body=b""),
        "400 close",
    ),
    Case(
        "chunked behind another coding",
        post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
        "400 close",
    ),
    Case(
        "chunked twice",
        post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
        "400 close",
    ),
    Case(
        "two transfer encodings (TE.TE)",
        post(CHUNKED, b"Transfer-Encoding: identity", body=b"0\r\n\r\n"),
        "400 close",
    ),
    Case(
        "a disguised coding: xchunked",
        post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
        "400 close",
    ),
    Case(
        "a disguised coding: a tab before it",
        post(b"Transfer-Encoding:\tchunked", body=b"0\r\n\r\n"),
        "200",
        "POST /x ''",
    ),
    Case(
        "a disguised coding: a vertical tab",
        post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
        "400 close",
    ),
    Case(
        "a disguised coding: quotes",
        post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"),
        "400 close",
    ),
    Case("an empty coding", post(b"Transfer-Encoding:", body=b""), "400 close"),
    Case(
        "a space before the colon of the coding", post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), "400 close"
    ),
    Case(
        "chunked on HTTP/1.0",
        b"POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400 close",
    ),
    Case("a chunk size that is no number", post(CHUNKED, body=b"zz\r\nhello\r\n0\r\n\r\n"), "400 close"),
    Case("an empty chunk size", post(CHUNKED, body=b"\r\nhello\r\n0\r\n\r\n"), "400 close"),
    Case("a negative chunk size", post(CHUNKED, body=b"-5\r\nhello\r\n0\r\n\r\n"), "400 close"),
    Case("a chunk size with 0x", post(CHUNKED, body=b"0x5\r\nhello\r\n0\r\n\r\n"), "400 close"),
    Case("a chunk size with a space before it", post(CHUNKED, body=b" 5\r\nhello\r\n0\r\n\r\n"), "400 close"),
    Case(
        "a chunk size with a space behind it",
        post(CHUNKED, body=b"5 \r\nhello\r\n0\r\n\r\n"),
        "400 close",
    ),
    Case("a chunk size that overflows", post(CHUNKED, body=b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n"), "400 close"),
    Case("a chunk longer than its size", post(CHUNKED, body=b"5\r\nhelloX\r\n0\r\n\r\n"), "400 close"),
    Case(
        "a chunk size line that ends with a bare LF",
        post(CHUNKED, body=b"5\nhello\r\n0\r\n\r\n"),
        "400 close",
    ),
    Case("chunk data that ends with a bare LF", post(CHUNKED, body=b"5\r\nhello\n0\r\n\r\n"), "400 close"),
    Case(
        "a bare CR in a chunk extension",
        post(CHUNKED, body=b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
        "400 close",
    ),
    Case("a bare LF in a chunk extension", post(CHUNKED, body=b"5;a\nb\r\nhello\r\n0\r\n\r\n"), "400 close"),
    Case(
        "a very long chunk extension",
        post(CHUNKED, body=b"5;" + b"a" * 9000 + b"\r\nhello\r\n0\r\n\r\n"),
        "400 close",
    ),
    Case("a trailer that is no field", post(CHUNKED, body=b"0\r\nnonsense\r\n\r\n"), "400 close"),
    Case(
        "endless trailers",
        post(CHUNKED, body=b"0\r\n" + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n"),
        "400|431 close",
    ),
    Case(
        "a trailer that would change the framing",
        post(CHUNKED, body=b"0\r\nContent-Length: 5\r\n\r\n"),
        "200",
        "POST /x ''",
        hides=b"Content-Length: 5",
    ),
    Case(
        "a trailer that would pass for a credential",
        post(CHUNKED, body=b"0\r\nX-Api-Key: 5\r\n\r\n"),
        "200",
        "POST /x ''",
        hides=b"X-Api-Key",
    ),
    Case(
        "a request hidden in a body (CL.0)",
        post(b"Content-Length: 35", body=b"GET /admin HTTP/1.1\r\nHost: b\r\n\r\nabc"),
        "200",
        "POST /x 'GET /admin HTTP/1.1\\r\\nHost: b\\r\\n\\r\\nabc'",
    ),
]

LINES = [
    Case("a bare LF as line end", b"GET /x HTTP/1.1\nHost: a\n\n", "400 close"),
    Case("one bare LF among CRLFs", b"GET /x HTTP/1.1\r\nHost: a\nX-A: 1\r\n\r\n", "400 close"),
    Case("a bare CR in a value", get(b"X-A: 1\rX-B: 2"), "400 close"),
    Case("a NUL in a value", get(b"X-A: a\0b"), "400 close"),
    Case("a NUL in a name", get(b"X\0A: b"), "400 close"),
    Case("a control character in a value", get(b"X-A: a\x01b"), "400 close"),
    Case("DEL in a value", get(b"X-A: a\x7fb"), "400 close"),
    Case("a tab in a value", get(b"X-A: a\tb"), "200", OK, has=b"X-A: a\tb"),
    Case("bytes above ASCII in a value", get(b"X-A: \xe9\xff"), "200", OK, has=b"X-A: \xe9\xff"),
    Case("spaces around a value", get(b"X-A:   a   "), "200", OK, has=b"X-A: a\r\n"),
    Case("an empty value", get(b"X-A:"), "200", OK),
    Case("a folded line", get(b"X-A: 1", b" 2"), "400 close"),
    Case("a line folded with a tab", get(b"X-A: 1", b"\t2"), "400 close"),
    Case("a space before the colon", get(b"X-A : 1"), "400 close"),
    Case("a line without a colon", get(b"nonsense"), "400 close"),
    Case("an empty name", get(b": 1"), "400 close"),
    Case("a name with a space", get(b"X A: 1"), "400 close"),
    Case("a name with parentheses", get(b"X(A): 1"), "400 close"),
    Case(
        "a name with letters above ASCII",
        get("X-Ä: 1".encode()),
        "400 close",
    ),
    Case("a space before the first header", b"GET /x HTTP/1.1\r\n Host: a\r\n\r\n", "400 close"),
    Case(
        "an underscore in a name",
        get(b"X_A: 1\r\nX-B: 1"),
        "200",
        OK,
        has=b"X-B: 1",
        hides=b"X_A",
    ),
    Case("an empty line before the request", b"\r\n" + get(), "200", OK),
    Case(
        "two empty lines before the request",
        b"\r\n\r\n" + get(),
        "400 close",
    ),
    Case("two spaces in the request line", b"GET  /x HTTP/1.1\r\nHost: a\r\n\r\n", "400 close"),
    Case("a tab in the request line", b"GET\t/x HTTP/1.1\r\nHost: a\r\n\r\n", "400 close"),
    Case(
        "a space at the end of the request line",
        b"GET /x HTTP/1.1 \r\nHost: a\r\n\r\n",
        "400 close",
    ),
    Case("a space before the method", b" GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "400 close"),
    Case(
        "a space in the target",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "400 close",
    ),
    Case(
        "no version (HTTP/0.9)",
        b"GET /x\r\n\r\n",
        "400 close",
    ),
    Case("a version that is not ours", get(version=b"HTTP/2.0"), "505 close"),
    Case("version 1.2", get(version=b"HTTP/1.2"), "505 close"),
    Case("version 0.9 spelled out", get(version=b"HTTP/0.9"), "505 close"),
    Case("a version in lower case", get(version=b"http/1.1"), "400 close"),
    Case("a version with two digits", get(version=b"HTTP/1.10"), "400 close"),
    Case("another protocol's name", get(version=b"HTTPS/1.1"), "400 close"),
    Case(
        "a TLS greeting on the plain port",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 40 + b"\r\n\r\n",
        "400 close",
    ),
    Case(
        "an HTTP/2 preface",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "400|505 close",
    ),
    Case(
        "an unknown method",
        b"BREW /x HTTP/1.1\r\nHost: a\r\n\r\n",
        "200",
        "BREW /x ''",
    ),
    Case(
        "a method in lower case",
        b"get /x HTTP/1.1\r\nHost: a\r\n\r\n",
        "200",
        "get /x ''",
    ),
    Case("a method that is no token", b"G@T /x HTTP/1.1\r\nHost: a\r\n\r\n", "400 close"),
    Case(
        "CONNECT",
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
        "405 close",
    ),
    Case("TRACE", b"TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n", "405 close"),
    Case("too many headers", get(*(b"X-%d: 1" % n for n in range(150))), "431 close"),
    Case(
        "a head that is too large",
        get(*(b"X-%d: %b" % (n, b"a" * 1000) for n in range(90))),
        "431 close",
    ),
    Case(
        "a target that is too long",
        get(target=b"/" + b"a" * 9000),
        "414 close",
    ),
]

HOSTS = [
    Case("no Host", get(host=b""), "400 close"),
    Case("two Hosts", get(b"Host: b.example"), "400 close"),
    Case("two Hosts that are the same", get(b"Host: a.example"), "400 close"),
    Case("an empty Host", get(host=b"Host:"), "400 close"),
    Case("a Host with a path", get(host=b"Host: a/b"), "400 close"),
    Case("a Host with a user", get(host=b"Host: u@a"), "400 close"),
    Case("a Host with a space", get(host=b"Host: a b"), "400 close"),
    Case("a list of Hosts", get(host=b"Host: a, b"), "400 close"),
    Case("a Host with a control character", get(host=b"Host: a\x01"), "400 close"),
    Case("a Host with letters above ASCII", get(host="Host: ä".encode()), "400 close"),
    Case("a Host with a port", get(host=b"Host: a.example:8080"), "200", OK, has=b"host: a.example:8080\r\n"),
    Case("a Host with a port that is no number", get(host=b"Host: a:http"), "400 close"),
    Case("an IPv6 Host", get(host=b"Host: [::1]:80"), "200", OK),
    Case("a broken IPv6 Host", get(host=b"Host: [::1"), "400 close"),
    Case("no Host on HTTP/1.0", b"GET /x HTTP/1.0\r\n\r\n", "200 close", OK),
    Case("an absolute target", get(target=b"http://b.example/x"), "200", OK, has=b"host: b.example\r\n"),
    Case("an absolute target without a path", get(target=b"http://b.example"), "200", "GET / ''"),
    Case(
        "an absolute target with a user",
        get(target=b"http://u:p@b.example/x"),
        "400 close",
    ),
    Case(
        "an absolute target of another scheme",
        get(target=b"ftp://b.example/x"),
        "400 close",
    ),
    Case("an authority as target of GET", get(target=b"a.example:80"), "400 close"),
    Case("an asterisk as target of GET", get(target=b"*"), "400 close"),
    Case("a relative target", get(target=b"x"), "400 close"),
    Case("an empty target", b"GET  HTTP/1.1\r\nHost: a\r\n\r\n", "400 close"),
]

PATHS = [
    Case("a query", get(target=b"/x?a=1&b=%20"), "200", "GET /x?a=1&b=%20 ''"),
    Case("a query with slashes and dots", get(target=b"/x?a=/../b"), "200", "GET /x?a=/../b ''"),
    Case(
        "a fragment in the target",
        get(target=b"/x#top"),
        "400 close",
    ),
    Case("dot segments", get(target=b"/x/../y"), "400 close"),
    Case("a dot segment", get(target=b"/x/./y"), "400 close"),
    Case("dot segments at the end", get(target=b"/x/.."), "400 close"),
    Case("dot segments above the root", get(target=b"/../../etc/passwd"), "400 close"),
    Case("encoded dots", get(target=b"/x/%2e%2e/y"), "400 close"),
    Case("half encoded dots", get(target=b"/x/.%2E/y"), "400 close"),
    Case("dots behind an encoded slash", get(target=b"/x/..%2fy"), "400 close"),
    Case("dots behind an encoded backslash", get(target=b"/x/..%5cy"), "400 close"),
    Case("a backslash", get(target=b"/x\\y"), "400 close"),
    Case("an encoded slash", get(target=b"/x%2fy"), "200", "GET /x%2fy ''"),
    Case("a doubly encoded dot is not one", get(target=b"/x/%252e%252e/y"), "200", "GET /x/%252e%252e/y ''"),
    Case("an encoded NUL", get(target=b"/x%00"), "400 close"),
    Case("an encoded newline", get(target=b"/x%0d%0aX:1"), "400 close"),
    Case("a percent sign that encodes nothing", get(target=b"/x%zz"), "400 close"),
    Case("a percent sign at the end", get(target=b"/x%"), "400 close"),
    Case("letters above ASCII", get(target="/ä".encode()), "400 close"),
    Case("UTF-8, encoded", get(target=b"/%E4%BD%A0%E5%A5%BD"), "200", "GET /%E4%BD%A0%E5%A5%BD ''"),
    Case(
        "overlong UTF-8, encoded, is left to the service",
        get(target=b"/%c0%ae%c0%ae/y"),
        "200",
        "GET /%c0%ae%c0%ae/y ''",
    ),
    Case("several slashes", get(target=b"//x//y"), "200", "GET //x//y ''"),
    Case("three dots", get(target=b"/x/.../y"), "200", "GET /x/.../y ''"),
    Case("a semicolon parameter", get(target=b"/x;a=1/y"), "200", "GET /x;a=1/y ''"),
    Case("reserved characters", get(target=b"/x!$&'()*+,;=:@-._~"), "200", "GET /x!$&'()*+,;=:@-._~ ''"),
]

CONNECTIONS = [
    Case("two requests one after the other", get() + get(target=b"/y"), "200 200", OK + ", GET /y ''"),
    Case(
        "requests with bodies, sent ahead",
        post(b"Content-Length: 5", body=b"hello") * 2,
        "200 200",
        HELLO + ", " + HELLO,
    ),
    Case(
        "a chunked one and one behind it",
        post(CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n") + get(),
        "200 200",
        HELLO + ", " + OK,
    ),
    Case("a good one and a bad one behind it", get() + b"BAD\r\n\r\n", "200 400 close", OK),
    Case("nothing is taken behind a bad one", b"BAD\r\n\r\n" + get(), "400 close", ""),
    Case("Connection: close", get(b"Connection: close"), "200 close", OK),
    Case("nothing is taken behind a close", get(b"Connection: close") + get(), "200 close", OK),
    Case(
        "close among others",
        get(b"Connection: foo, Close"),
        "200 close",
        OK,
    ),
    Case("HTTP/1.0 closes", get(version=b"HTTP/1.0"), "200 close", OK),
    Case(
        "HTTP/1.0 with keep-alive",
        get(b"Connection: keep-alive", version=b"HTTP/1.0"),
        "200",
        OK,
    ),
    Case(
        "hop-by-hop headers stay here",
        get(b"Keep-Alive: 5", b"Proxy-Connection: close", b"TE: gzip", b"Trailer: x"),
        "200",
        OK,
        hides=b"Proxy-Connection",
    ),
    Case(
        "what Connection names stays here", get(b"Connection: X-Secret", b"X-Secret: 1"), "200", OK, hides=b"X-Secret"
    ),
    Case(
        "what Connection names in other case",
        get(b"connection: x-sEcret, close", b"X-Secret: 1"),
        "200 close",
        OK,
        hides=b"X-Secret",
    ),
    Case("Connection cannot take Host away", get(b"Connection: host"), "200", OK, has=b"host: a.example"),
    Case(
        "Connection cannot take the length away",
        post(b"Connection: content-length", b"Content-Length: 5", body=b"hello"),
        "200",
        HELLO,
    ),
    Case(
        "Connection cannot take our headers away",
        get(b"Connection: x-forwarded-for, via"),
        "200",
        OK,
        has=b"x-forwarded-for: 127.0.0.1",
    ),
    Case(
        "an upgrade that nobody knows",
        get(b"Connection: upgrade", b"Upgrade: h2c", b"HTTP2-Settings: AAM"),
        "200",
        OK,
        hides=b"h2c",
    ),
    Case("an upgrade without Connection", get(b"Upgrade: websocket"), "200", OK, hides=b"upgrade"),
    Case(
        "a WebSocket request with a body",
        post(b"Connection: upgrade", b"Upgrade: websocket", b"Content-Length: 5", body=b"hello"),
        "200",
        HELLO,
        hides=b"websocket",
    ),
    Case("100-continue", post(b"Expect: 100-continue", b"Content-Length: 5", body=b"hello"), "200", HELLO),
    Case("another expectation", get(b"Expect: miracles"), "417 close"),
    Case("a head in pieces", (b"GET /x HT", b"TP/1.1\r", b"\nHost: a\r\n\r", b"\n"), "200", OK),
    Case("a head byte by byte", tuple(bytes((byte,)) for byte in get()), "200", OK),
    Case("a body in pieces", (post(b"Content-Length: 5"), b"he", b"llo"), "200", HELLO),
    Case("chunks in pieces", (post(CHUNKED), b"5", b"\r", b"\nhel", b"lo\r", b"\n0\r\n", b"\r\n"), "200", HELLO),
    Case(
        "an Authorization of no scheme we know",
        get(b"Authorization: Basic dTpw"),
        "200",
        OK,
        has=b"Authorization: Basic dTpw",
    ),
    Case(
        "X-Forwarded-For of a stranger is not believed", get(b"X-Forwarded-For: 6.6.6.6"), "200", OK, hides=b"6.6.6.6"
    ),
    Case("Forwarded of a stranger is not believed", get(b"Forwarded: for=6.6.6.6"), "200", OK, hides=b"6.6.6.6"),
    Case(
        "a principal that a client claims is not passed",
        get(b"X-AIStack-Principal: v1.x.y"),
        "200",
        OK,
        hides=b"v1.x.y",
    ),
    Case(
        "a request id that could forge a log line is replaced",
        get(b'X-Request-ID: a" evil="1'),
        "200",
        OK,
        hides=b"evil",
    ),
]

REQUESTS = [*FRAMING, *LINES, *HOSTS, *PATHS, *CONNECTIONS]
