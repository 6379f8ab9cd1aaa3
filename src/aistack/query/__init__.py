"""query: runs SQL on the connected databases. Each statement is checked first, limited while it runs, then recorded.

A statement goes down through `routes/`, the stored work (`saved_queries.py`, `jobs.py`), `execution/` (connection,
session, rows, result formats) and `guard/` (parsing, allow-lists, masks, parameters). `history.py` is the audit log.
"""
