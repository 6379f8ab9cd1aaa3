"""Rules that limit what callers see: what they are, which tables they bind to, and whether they can hold.

The query service applies them to statements; this room only says what applies where.
"""
