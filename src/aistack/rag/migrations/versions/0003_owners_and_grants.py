"""Owners of collections and sources, and grants. What exists belongs to the owner; `default` is everyone's.

The names of collections were unique. Their column becomes that of the public ids, because SQLite cannot drop the
constraint without copying the table, which would delete what refers to it.
"""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from aistack.access.tables import grant_columns

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE rag_collections RENAME COLUMN name TO public_id")
    op.add_column("rag_collections", sa.Column("name", sa.String(64), nullable=False, server_default=""))
    op.add_column("rag_collections", sa.Column("owner", sa.String(256), nullable=False, server_default="owner"))
    op.add_column("rag_collections", sa.Column("namesake", sa.Integer, nullable=False, server_default="0"))
    op.add_column("rag_sources", sa.Column("owner", sa.String(256), nullable=False, server_default="owner"))
    op.create_table("rag_access_grants", *grant_columns())
    op.create_index("rag_access_grants_subject", "rag_access_grants", ["subject", "kind"])
    collections = sa.table(
        "rag_collections", sa.column("id"), sa.column("public_id", sa.String), sa.column("name", sa.String)
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(collections.c.id, collections.c.public_id)).all():
        values = {"name": row.public_id, "public_id": secrets.token_hex(6)}
        connection.execute(collections.update().where(collections.c.id == row.id).values(**values))
        if row.public_id == "default":
            _share_with_everyone(values["public_id"])
    op.create_index("rag_collections_owner", "rag_collections", ["owner", "name", "namesake"], unique=True)
    op.create_index("ix_rag_collections_name", "rag_collections", ["name"])
    op.create_index("rag_sources_owner", "rag_sources", ["owner"])


def _share_with_everyone(collection: str) -> None:
    grants = sa.table("rag_access_grants", *grant_columns())
    values = {"kind": "collection", "thing": collection, "subject": "everyone", "level": "edit", "requested": ""}
    op.execute(grants.insert().values(changed_at=datetime.now(UTC), **values))
