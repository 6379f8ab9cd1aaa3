"""Owners and grants. What was made without identity belongs to the owner, and so do all layers and their lessons."""

import sqlalchemy as sa
from alembic import op

from aistack.access.tables import grant_columns

revision = "0002"
down_revision = "0001"

GRANTS = "ai_access_grants"


def upgrade() -> None:
    for name in ("ai_questions", "ai_lessons"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("owner", sa.String(256), nullable=False, server_default=""))
            table.alter_column("principal", existing_type=sa.String(200), type_=sa.String(256))
            if name == "ai_lessons":
                table.add_column(sa.Column("rules", sa.String(64), nullable=False, server_default=""))
                table.add_column(sa.Column("written", sa.Boolean, nullable=False, server_default=sa.true()))
        rows = sa.table(name, sa.column("principal"), sa.column("owner"))
        op.execute(
            rows.update().values(owner=sa.case((rows.c.principal == "anonymous", "owner"), else_=rows.c.principal))
        )
    lessons = sa.table("ai_lessons", sa.column("owner"), sa.column("trusted", sa.Boolean))
    op.execute(lessons.update().where(lessons.c.trusted).values(owner="owner"))  # of administrators
    with op.batch_alter_table("ai_layers") as table:
        table.alter_column("principal", existing_type=sa.String(200), type_=sa.String(256))
    op.drop_index("ai_questions_principal", "ai_questions")
    op.create_index("ai_questions_owner", "ai_questions", ["owner", "created_at"])
    owned = op.create_table(
        "ai_owned_layers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(256), nullable=False),
    )
    layers = sa.table("ai_layers", sa.column("connection"))
    found = sa.select(layers.c.connection, sa.literal("owner")).distinct()
    op.execute(owned.insert().from_select(["id", "owner"], found))
    op.create_table(GRANTS, *grant_columns())
    op.create_index(f"{GRANTS}_subject", GRANTS, ["subject", "kind"])
