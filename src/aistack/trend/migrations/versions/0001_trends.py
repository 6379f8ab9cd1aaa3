"""The first tables: collections with their grants, sources, documents, topics."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "trend_access_grants",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("thing", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(256), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("requested", sa.String(8), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("kind", "thing", "subject"),
    )
    op.create_index("trend_access_grants_subject", "trend_access_grants", ["subject", "kind"])
    op.create_table(
        "trend_collections",
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("settled_at", sa.Double, nullable=False),
        sa.Column("settling_until", sa.Double, nullable=False),
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("ix_trend_collections_name", "trend_collections", ["name"])
    op.create_index("trend_collections_owner", "trend_collections", ["owner", "name"], unique=True)
    op.create_table(
        "trend_sources",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("place", sa.String(512), nullable=False),
        sa.Column("selector", sa.String(256), nullable=False),
        sa.Column("title", sa.String(512), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("every_seconds", sa.Integer()),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("read_at", UtcDateTime),
        sa.Column("changed_at", UtcDateTime),
        sa.Column("due_at", UtcDateTime),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collection_id", "place", "selector"),
    )
    op.create_index("trend_sources_due", "trend_sources", ["due_at"])
    op.create_index("trend_sources_owner", "trend_sources", ["owner"])
    op.create_table(
        "trend_topics",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("name", sa.String(512), nullable=False),
        sa.Column("key_terms", sa.JSON(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("sources", sa.Integer(), nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("trend_topics_last", "trend_topics", ["collection_id", "last_at"])
    op.create_table(
        "trend_documents",
        sa.Column("id", BigId, nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("collection_id", BigId, nullable=False),
        sa.Column("source_id", sa.String(12)),
        sa.Column("source_name", sa.String(512), nullable=False),
        sa.Column("guid_digest", sa.String(32), nullable=False),
        sa.Column("content_digest", sa.String(32), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.String(512), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(256), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("published_at", UtcDateTime),
        sa.Column("is_date_guess", sa.Boolean(), nullable=False),
        sa.Column("arrived_at", UtcDateTime, nullable=False),
        sa.Column("copy_of", BigId),
        sa.Column("topic_id", sa.String(12)),
        sa.ForeignKeyConstraint(["collection_id"], ["trend_collections.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["source_id"], ["trend_sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("collection_id", "source_id", "guid_digest"),
        sa.UniqueConstraint("public_id"),
    )
    op.create_index("ix_trend_documents_source_id", "trend_documents", ["source_id"])
    op.create_index("trend_documents_at", "trend_documents", ["collection_id", "at"])
    op.create_index("trend_documents_content", "trend_documents", ["collection_id", "content_digest"])
    op.create_index("trend_documents_topic", "trend_documents", ["topic_id", "at"])
