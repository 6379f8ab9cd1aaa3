"""Documents of equal bytes share one parsed content. What exists becomes one content per document.

The table of documents becomes that of the contents, because the chunks refer to it, and SQLite cannot change what they
refer to without copying them. The documents get a new table, with the same ids.
"""

from pathlib import PurePosixPath

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"

WEB_SUFFIX = "#."  # the names of fetched documents ended in the suffix of their media type
SUFFIX_CHARACTERS_MAX = 16
MOVED = ("sha256", "bytes", "status", "error", "about", "created_at", "updated_at")


def upgrade() -> None:
    op.drop_index("rag_documents_content", "rag_documents")
    op.execute("ALTER TABLE rag_documents RENAME TO rag_contents")
    op.create_table(
        "rag_documents",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("collection_id", BigId, sa.ForeignKey("rag_collections.id", ondelete="CASCADE"), nullable=False),
        sa.Column("content_id", sa.String(32), sa.ForeignKey("rag_contents.id")),
        sa.Column("name", sa.String(512), nullable=False),
        sa.Column("title", sa.String(512), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("suffix", sa.String(16), nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("pages", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("collection_id", "name"),
    )
    same = "id, collection_id, name, title, sha256, media_type, bytes, pages, version, status, error, about, "
    op.execute(
        f"INSERT INTO rag_documents (content_id, suffix, {same} created_at, updated_at) "  # noqa: S608 -- our own names
        f"SELECT CASE WHEN version > 0 THEN id END, '', {same} created_at, updated_at FROM rag_contents"
    )
    op.create_index("rag_documents_sha256", "rag_documents", ["sha256"])
    op.create_index("rag_documents_content", "rag_documents", ["content_id"])
    op.add_column("rag_job_items", sa.Column("suffix", sa.String(16), nullable=False, server_default=""))
    op.add_column("rag_job_items", sa.Column("reindex", sa.Boolean, nullable=False, server_default=sa.false()))
    for table in ("rag_documents", "rag_job_items"):
        _set_suffixes(table)
    _rename_web_documents()
    _make_contents()


def _set_suffixes(table: str) -> None:
    rows = sa.table(table, sa.column("id"), sa.column("name", sa.String), sa.column("suffix", sa.String))
    connection = op.get_bind()
    for row in connection.execute(sa.select(rows.c.id, rows.c.name)).all():
        suffix = PurePosixPath(row.name.lower()).suffix
        if 0 < len(suffix) <= SUFFIX_CHARACTERS_MAX:
            connection.execute(rows.update().where(rows.c.id == row.id).values(suffix=suffix))


def _rename_web_documents() -> None:
    """A fetched document is called like its URL, unless there is another of this name."""
    connection = op.get_bind()
    for table in ("rag_documents", "rag_job_items"):
        rows = _table(table, "id", "name", "suffix")
        named = rows.c.name.like(f"http%{WEB_SUFFIX}%")
        for row in connection.execute(sa.select(rows.c.id, rows.c.name, rows.c.suffix).where(named)).all():
            url, _, ending = row.name.rpartition("#")
            if not row.name.startswith(("http://", "https://")) or ending != row.suffix:
                continue
            if table == "rag_documents":
                of_row = sa.select(rows.c.collection_id).where(rows.c.id == row.id).scalar_subquery()
                taken = sa.select(rows.c.id).where(rows.c.name == url, rows.c.collection_id == of_row)
                if connection.execute(taken).first() is not None:
                    continue
            connection.execute(rows.update().where(rows.c.id == row.id).values(name=url))


def _make_contents() -> None:
    """Keeps what is parsed, under the key of its bytes; the first of equal ones can be shared."""
    connection = op.get_bind()
    op.execute("DELETE FROM rag_contents WHERE version = 0")
    op.execute("ALTER TABLE rag_contents RENAME COLUMN name TO content_key")
    op.execute("UPDATE rag_contents SET title = '' WHERE title = content_key")
    op.execute("UPDATE rag_contents SET content_key = id")
    documents = _table("rag_documents", "id", "sha256", "suffix")
    contents = sa.table("rag_contents", sa.column("id", sa.String), sa.column("content_key", sa.String))
    known: set[tuple[int, str]] = set()
    query = sa.select(documents).join(contents, contents.c.id == documents.c.id).order_by(documents.c.id)
    for row in connection.execute(query).all():
        key = f"{row.sha256}{row.suffix}"
        if (row.collection_id, key) not in known:
            known.add((row.collection_id, key))
            connection.execute(contents.update().where(contents.c.id == row.id).values(content_key=key))
    for column in MOVED:
        op.drop_column("rag_contents", column)
    op.drop_index("rag_chunks_document", "rag_chunks")
    for table in ("rag_texts", "rag_chunks"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN document_id TO content_id")
        op.execute(f"UPDATE {table} SET version = -version")  # noqa: S608 -- our own name; new versions are job items' ids
    op.execute("UPDATE rag_contents SET version = -version")
    op.create_index("rag_chunks_content", "rag_chunks", ["content_id", "version"])


def _table(name: str, *texts: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(one, sa.String) for one in texts), sa.column("collection_id", sa.Integer))
