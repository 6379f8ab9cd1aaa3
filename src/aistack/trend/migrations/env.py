"""Alembic's entry."""

from aistack.stores.alembic_env import run_migrations
from aistack.trend.alerts import tables as _alert_tables  # noqa: F401  # pyright: ignore[reportUnusedImport]
from aistack.trend.calendar import tables as _calendar_tables  # noqa: F401  # pyright: ignore[reportUnusedImport]
from aistack.trend.delivery import tables as _delivery_tables  # noqa: F401  # pyright: ignore[reportUnusedImport]
from aistack.trend.reports import tables as _report_tables  # noqa: F401  # pyright: ignore[reportUnusedImport]
from aistack.trend.tables import Base
from aistack.trend.watches import tables as _watch_tables  # noqa: F401  # pyright: ignore[reportUnusedImport]

run_migrations(Base.metadata)
