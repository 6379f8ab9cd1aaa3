"""Alembic's entry."""

from aistack.ai.tables import Base
from aistack.stores.migrating import run_migrations

run_migrations(Base.metadata)
