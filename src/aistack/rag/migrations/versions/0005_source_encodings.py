"""The encoding of the text files of a source, where it is given."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("rag_sources", sa.Column("encoding", sa.String(16), nullable=False, server_default=""))
