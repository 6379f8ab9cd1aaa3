"""Owners and grants of the model table's entries. Those of today stay everyone's to use."""

import sqlalchemy as sa
from alembic import op

from aistack.access.tables import grant_columns

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "gateway_model_owners",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("owner", sa.String(256), nullable=False),
    )
    op.create_table("gateway_access_grants", *grant_columns(128))
    op.create_index("gateway_access_grants_subject", "gateway_access_grants", ["subject", "kind"])
