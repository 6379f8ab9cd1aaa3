"""HTTP/2 (RFC 9113) and gRPC on asyncio, without grpcio: bytes of a connection come in, streams and messages go out.

From the bottom up: `errors`, `frames`, `limits`, `header_fields` (HPACK), `stream` and `connection` (one state machine:
a stream sends through its connection, which hands it what arrives), `server`, `client`, `unix_sockets`; above them
`grpc/`. Knows nothing of models or of any service.
"""
