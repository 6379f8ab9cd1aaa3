"""Which embedder serves; the graph's mentions, links and edits; experiences; sources."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "rag_embedder",
        sa.Column("digest", sa.String(16), primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
    )
    op.create_table(
        "rag_mentions",
        sa.Column("chunk_id", BigId, _chunk(), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_index("rag_mentions_key", "rag_mentions", ["collection_id", "key"])
    op.create_table(
        "rag_links",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("chunk_id", BigId, _chunk(), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("phrase", sa.String(128), nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
    )
    op.create_index("rag_links_source", "rag_links", ["collection_id", "source"])
    op.create_index("rag_links_chunk", "rag_links", ["chunk_id"])
    op.create_table(
        "rag_graph_edits",
        sa.Column("id", BigId, primary_key=True),
        _collection(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("value", sa.String(128), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("collection_id", "key"),
    )
    op.create_table(
        "rag_experiences",
        sa.Column("id", BigId, primary_key=True),
        _collection(),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("chunks", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("rag_experiences_collection", "rag_experiences", ["collection_id"])
    op.create_table(
        "rag_sources",
        sa.Column("id", BigId, primary_key=True),
        _collection(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("every_seconds", sa.Integer, nullable=False),
        sa.Column("etag", sa.String(256), nullable=False),
        sa.Column("last_modified", sa.String(64), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("looked_at", UtcDateTime),
        sa.Column("due_at", UtcDateTime, nullable=False),
    )
    op.create_index("rag_sources_due", "rag_sources", ["due_at"])
    op.create_table(
        "rag_source_files",
        sa.Column("source_id", BigId, sa.ForeignKey("rag_sources.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("path", sa.String(512), primary_key=True),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )


def _chunk() -> sa.ForeignKey:
    return sa.ForeignKey("rag_chunks.id", ondelete="CASCADE")


def _collection() -> sa.Column[int]:
    return sa.Column("collection_id", BigId, sa.ForeignKey("rag_collections.id", ondelete="CASCADE"), nullable=False)
