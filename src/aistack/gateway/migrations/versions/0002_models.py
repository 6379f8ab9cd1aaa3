"""Models set through the API, usage, and what a key may spend."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("gateway_keys", sa.Column("model_rules", sa.JSON(none_as_null=True)))
    op.create_table(
        "gateway_models",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("entry", sa.JSON, nullable=False),
        sa.Column("sealed", sa.JSON, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "gateway_usage",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("model", sa.String(128), primary_key=True),
        sa.Column("upstream", sa.String(800), primary_key=True),
        sa.Column("source", sa.String(16), primary_key=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("cached_tokens", sa.BigInteger, nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost_nano", sa.BigInteger, nullable=False),
        sa.Column("unpriced", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "gateway_usage_journals",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("read_bytes", sa.BigInteger, nullable=False),
    )
