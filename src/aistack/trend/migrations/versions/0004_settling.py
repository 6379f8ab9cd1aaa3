"""Whether the topics of a collection are settled, and when it is tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("trend_collections", sa.Column("settle_after", sa.Double(), nullable=False, server_default="0"))
    op.add_column("trend_collections", sa.Column("settle_failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("trend_collections", sa.Column("settle_error", sa.Text(), nullable=False, server_default=""))
    op.add_column("trend_collections", sa.Column("settled_documents", sa.Integer(), nullable=False, server_default="0"))
