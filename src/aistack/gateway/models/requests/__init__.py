"""Requests: a body comes in; the fields that decide and the bytes for each target go out, or a 400 that names a field.

Uses `formats` and `table`.
"""
