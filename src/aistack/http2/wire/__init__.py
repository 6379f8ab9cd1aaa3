"""What is on the wire: bytes come in, frames and header fields go out, and the other way round; within stated limits.

`errors` and `frames` are the RFC's numbers, `limits` what a peer may do, `header_fields` is HPACK with the rules for
requests and responses, `header_blocks` puts HEADERS and CONTINUATION together. Uses no other room.
"""
