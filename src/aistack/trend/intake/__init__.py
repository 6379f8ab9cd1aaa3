"""From responses and pushes to documents: which are new, what time they are of, and what becomes of a source.

In come items; out come documents in the records. Uses `feeds` and `fetching`, and the process of `trend_worker`.
"""
