"""Alembic's entry."""

from aistack.agent.uploads.tables import Base
from aistack.stores.alembic_env import run_migrations

run_migrations(Base.metadata)
