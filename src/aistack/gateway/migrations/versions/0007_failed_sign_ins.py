"""Failed sign-ins, which all gateways count together."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "gateway_failed_sign_ins",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("full_at", sa.Double, nullable=False),
    )
    op.create_index("ix_gateway_failed_sign_ins_full_at", "gateway_failed_sign_ins", ["full_at"])
