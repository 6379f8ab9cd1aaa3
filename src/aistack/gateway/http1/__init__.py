"""HTTP/1.1 (RFC 9112): bytes to request and response heads and bodies, and back.

Bytes come in from a connection; parsed heads, body data and framing go out. Uses no other room.
"""
