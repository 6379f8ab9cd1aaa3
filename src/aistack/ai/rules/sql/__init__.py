"""Generates SQL from logical forms.

In: a `Query`. Out: one SELECT for one engine. Uses `rules.meaning`, `dialects` and `schema`.
"""
