"""PostgreSQL: the session, the catalogue queries, and dates and times beyond Python's range."""
