"""A lexical index as the first versions wrote it: term form 1, in tables named after the collection alone."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

Row = tuple[int, str, str]  # chunk id, heading terms, terms


def write(path: Path, collection_id: int, rows: Sequence[Row]) -> None:
    """Adds the index of a collection to the file. What the file holds of newer forms is deleted."""
    connection = sqlite3.connect(path)
    with connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE name GLOB 'chunks_*_terms'").fetchall()
        for (name,) in names:
            connection.execute(f"DROP TABLE {name}")
            connection.execute(f"DROP TABLE {name.removesuffix('_terms')}")
        connection.execute("DROP TABLE IF EXISTS serving_forms")
        table = f"chunks_{collection_id}"
        connection.execute(f"CREATE VIRTUAL TABLE {table} USING fts5(heading, body, tokenize='unicode61')")
        connection.execute(f"CREATE VIRTUAL TABLE {table}_terms USING fts5vocab({table}, 'row')")
        connection.executemany(f"INSERT INTO {table}(rowid, heading, body) VALUES (?, ?, ?)", rows)
    connection.close()
