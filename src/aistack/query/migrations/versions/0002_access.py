"""Owners and grants. What was made without identity or with an unrestricted key belongs to the owner."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from aistack.access.tables import grant_columns

revision = "0002"
down_revision = "0001"

GRANTS = "query_access_grants"


def upgrade() -> None:
    with op.batch_alter_table("query_history") as table:
        table.add_column(sa.Column("owner", sa.String(256), nullable=False, server_default=""))
        table.alter_column("principal", existing_type=sa.String(200), type_=sa.String(256))
    runs = sa.table("query_history", sa.column("principal"), sa.column("owner"))
    anonymous = sa.case((runs.c.principal == "anonymous", "owner"), else_=runs.c.principal)
    op.execute(runs.update().values(owner=anonymous))
    op.drop_index("query_history_principal", "query_history")
    op.create_index("query_history_owner", "query_history", ["owner", "number"])
    convention = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}
    with op.batch_alter_table("query_saved", naming_convention=convention) as table:
        table.drop_constraint("query_saved_owner_name_key", type_="unique")
        table.add_column(sa.Column("stopped", sa.Text, nullable=False, server_default=""))
        table.alter_column("owner", existing_type=sa.String(200), type_=sa.String(256))
    op.create_index("query_saved_name", "query_saved", ["name"])
    op.create_index("query_saved_owner", "query_saved", ["owner"])
    with op.batch_alter_table("query_jobs") as table:
        table.alter_column("owner", existing_type=sa.String(200), type_=sa.String(256))
    for name in ("query_saved", "query_jobs"):
        _give_to_owner(sa.table(name, sa.column("id"), sa.column("owner"), sa.column("principal", sa.JSON)))
    op.create_table(GRANTS, *grant_columns())
    op.create_index(f"{GRANTS}_subject", GRANTS, ["subject", "kind"])


def _give_to_owner(table: Any) -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(table.c.id, table.c.principal)).all()
    ids = [row.id for row in rows if row.principal.get("services") is None and row.principal.get("kind") != "jwt"]
    for start in range(0, len(ids), 500):
        connection.execute(table.update().where(table.c.id.in_(ids[start : start + 500])).values(owner="owner"))
