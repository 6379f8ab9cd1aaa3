"""HTTP/2 (RFC 9113) and gRPC on asyncio, without grpcio: bytes of a connection come in, streams and messages go out.

From the bottom up: `wire` (frames, header fields, limits), `multiplexing` (many streams on a connection), `server` and
`client` (what differs between the two sides), `unix_sockets`; above them `grpc`. Knows nothing of models or of any
service.
"""
