"""Alembic's entry."""

from aistack.connection.tables import Base
from aistack.stores.migrating import run_migrations

run_migrations(Base.metadata)
