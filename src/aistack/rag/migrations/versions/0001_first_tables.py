"""The first tables: collections, documents and their texts and chunks, jobs."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import UtcDateTime

revision = "0001"
down_revision = None

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "rag_collections",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "rag_documents",
        sa.Column("id", sa.String(32), primary_key=True),
        _collection(),
        sa.Column("name", sa.String(512), nullable=False),
        sa.Column("title", sa.String(512), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
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
    op.create_index("rag_documents_content", "rag_documents", ["collection_id", "sha256"])
    op.create_table(
        "rag_texts",
        sa.Column("document_id", sa.String(32), _document(), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "rag_chunks",
        sa.Column("id", BigId, primary_key=True),
        _collection(),
        sa.Column("document_id", sa.String(32), _document(), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("heading", sa.JSON, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("rag_chunks_document", "rag_chunks", ["document_id", "version"])
    op.create_index("ix_rag_chunks_collection_id", "rag_chunks", ["collection_id"])
    op.create_table(
        "rag_jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        _collection(),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "rag_job_items",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("rag_jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("document_id", sa.String(32)),
        sa.Column("name", sa.String(512), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("title", sa.String(512), nullable=False),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease_owner", sa.String(128), nullable=False),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
    )
    op.create_index("rag_job_items_state", "rag_job_items", ["state", "lease_until"])
    op.create_index("rag_job_items_job", "rag_job_items", ["job_id"])
    op.create_index("ix_rag_job_items_document_id", "rag_job_items", ["document_id"])


def _collection() -> sa.Column[int]:
    return sa.Column("collection_id", BigId, sa.ForeignKey("rag_collections.id", ondelete="CASCADE"), nullable=False)


def _document() -> sa.ForeignKey:
    return sa.ForeignKey("rag_documents.id", ondelete="CASCADE")
