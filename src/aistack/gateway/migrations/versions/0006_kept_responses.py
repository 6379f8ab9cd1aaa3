"""Responses of /v1/responses that are kept on request."""

import sqlalchemy as sa
from alembic import op

from aistack.stores.records import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "gateway_kept_responses",
        sa.Column("owner", sa.String(256), primary_key=True),
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_gateway_kept_responses_expires_at", "gateway_kept_responses", ["expires_at"])
