"""Many streams on one connection: bytes come in, and go to the handlers of streams; what these send leaves in turns.

One state machine: `stream` and `send_queue` send through their connection, `outgoing` is its sending half,
`control_frames` says what frames without data mean, `connection` reads and hands out what arrives. `write_batch` holds
what leaves together. Uses `wire`.
"""
