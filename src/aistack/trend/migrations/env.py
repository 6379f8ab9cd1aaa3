"""Alembic's entry."""

from aistack.stores.alembic_env import run_migrations
from aistack.trend.tables import Base

run_migrations(Base.metadata)
