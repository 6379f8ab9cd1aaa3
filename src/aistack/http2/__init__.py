"""HTTP/2 (RFC 9113) and gRPC on asyncio, without grpcio: bytes of a connection come in, streams and messages go out.

From the bottom up: `errors`, `frames`, `limits`, `header_fields` (HPACK), `header_blocks`, `write_batch` (what leaves
together); then one state machine in four modules: `stream` and `send_queue` send through their connection, `outgoing`
is its sending half, `control_frames` says what frames without data mean, `connection` reads and hands out what arrives;
`server`, `client`, `unix_sockets`; above them `grpc/`. Knows nothing of models or of any service.
"""
