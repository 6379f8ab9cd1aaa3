"""Owners and grants. Connections of before belong to the owner, and everyone keeps what the roles gave to everyone."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from aistack.access.tables import grant_columns

revision = "0002"
down_revision = "0001"

TABLE, GRANTS = "connection_connections", "connection_access_grants"


def upgrade() -> None:
    with op.batch_alter_table(TABLE, naming_convention={"uq": "%(table_name)s_%(column_0_name)s_key"}) as table:
        table.add_column(sa.Column("owner", sa.String(256), nullable=False, server_default="owner"))
        table.drop_constraint(f"{TABLE}_name_key", type_="unique")
    op.create_index(f"{TABLE}_name", TABLE, ["name"])
    op.create_index(f"{TABLE}_owner", TABLE, ["owner"])
    grants = op.create_table(GRANTS, *grant_columns())
    op.create_index(f"{GRANTS}_subject", GRANTS, ["subject", "kind"])
    connections = sa.table(TABLE, sa.column("id", sa.String), sa.column("roles", sa.JSON))
    now = datetime.now(UTC)
    rows = [
        {
            "kind": "connection",
            "thing": row.id,
            "subject": "everyone",
            "level": level,
            "requested": "",
            "changed_at": now,
        }
        for row in op.get_bind().execute(sa.select(connections.c.id, connections.c.roles))
        if (level := _level(row.roles))
    ]
    if rows:
        op.bulk_insert(grants, rows)


def _level(roles: dict[str, Any]) -> str:
    if any("*" in roles.get(right, ()) for right in ("ask", "run", "write")):
        return "use"
    return "view" if "*" in roles.get("see", ()) else ""
