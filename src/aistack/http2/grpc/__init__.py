"""gRPC over HTTP/2: streams come in, messages with metadata, deadlines and a status go out, and the other way round.

`status`, `metadata` and `messages` are the wire format; `server_calls` answers calls with asyncio functions,
`refusals` answers those that nobody takes, `client_calls` makes calls on a connection, and `channel` holds the
connections for them. Uses the modules of `aistack.http2` and nothing else of ours.
"""
