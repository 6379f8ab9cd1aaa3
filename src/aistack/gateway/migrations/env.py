"""Alembic's entry: runs the versions over the connection that the service hands in."""

from alembic import context

from aistack.gateway.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=context.config.attributes["version_table"],
    render_as_batch=True,
)
context.run_migrations()
