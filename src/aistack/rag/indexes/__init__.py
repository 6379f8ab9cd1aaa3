"""The indexes: chunks go in, ranked chunk ids come out. Both are caches that are rebuilt from the records.

`lexical` ranks by words, `semantic` by meaning; `sync` keeps them up to date. Uses no other room.
"""
