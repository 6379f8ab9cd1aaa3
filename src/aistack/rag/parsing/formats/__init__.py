"""Parsers, one module per family of formats: bytes go in, a `ParsedDocument` comes out.

They run in the parsing process, never in the service. A file that cannot be parsed raises ParseError with a reason for
the person who uploaded it.
"""
