"""Chunks go in, ranked chunk ids come out. The indexes are caches that can be rebuilt from the records.

`lexical` ranks by words, `semantic` by meaning; `sync` keeps them up to date. Uses no other room.
"""
