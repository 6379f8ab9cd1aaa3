"""Alembic's entry."""

from aistack.gateway.tables import Base
from aistack.stores.alembic_env import run_migrations

run_migrations(Base.metadata)
