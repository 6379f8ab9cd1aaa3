"""The first tables: what was run, and the queries that were saved."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "query_history",
        sa.Column("number", BigId, primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("connection", sa.String(32), nullable=False),
        sa.Column("connection_name", sa.String(100), nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("sql", sa.Text, nullable=False),
        sa.Column("tables", sa.JSON, nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("elapsed_ms", sa.Integer, nullable=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
    )
    op.create_index("query_history_principal", "query_history", ["principal", "number"])
    op.create_index("query_history_begun", "query_history", ["begun_at"])
    op.create_table(
        "query_saved",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("principal", sa.JSON, nullable=False),
        sa.Column("connection", sa.String(100), nullable=False),
        sa.Column("sql", sa.Text, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("every_seconds", sa.Integer),
        sa.Column("due_at", UtcDateTime),
        sa.Column("last_job", sa.String(32)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("owner", "name"),
    )
    op.create_table(
        "query_jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("principal", sa.JSON, nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("instance", sa.String(200), nullable=False),
        sa.Column("lease_until", UtcDateTime),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("expires_at", UtcDateTime),
    )
