"""Prices of models: those of an entry, otherwise those of the table that ships, or of the operator's file."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aistack.gateway.models.table.compiled import UNKNOWN, Prices
from aistack.stack.description import ModelEntry, ModelPrices

SHIPPED = Path(__file__).with_name("prices.toml")
FIELDS = ("input", "cached_input", "cache_write", "output", "reasoning")
NANO_PER_MILLIONTH = 1000.0  # a dollar per million tokens is 1000 nano-dollars per token
SUFFIX = re.compile(r"(-\d{4}-\d{2}-\d{2}|-\d{8}|-\d{4}|-latest)?")


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices by the name of a model at its upstream; `date` says when they were last compared with a price list."""

    date: str = ""
    prices: Mapping[str, Prices] = field(default_factory=dict[str, Prices])

    def of(self, entry: ModelEntry) -> Prices:
        """The prices of an entry: its own, or those of the model that its first upstream names."""
        if entry.prices is not None:
            return nano_prices(entry.prices)
        at = entry.upstreams[0] if entry.upstreams else None
        if at is None or at.worker:
            return UNKNOWN
        return self.named(at.model or entry.name)

    def named(self, model: str) -> Prices:
        """The prices of a model by its name, with or without the date of a snapshot and the vendor before a slash."""
        name = model.rpartition("/")[2].lower()
        for known in sorted(self.prices, key=len, reverse=True):
            if name.startswith(known) and SUFFIX.fullmatch(name[len(known) :]):
                return self.prices[known]
        return UNKNOWN


def nano_prices(prices: ModelPrices) -> Prices:
    """Prices per token from prices per million tokens."""
    values = {name: getattr(prices, name) for name in FIELDS}
    return Prices(**{name: None if value is None else value * NANO_PER_MILLIONTH for name, value in values.items()})


def read_prices(path: Path | None = None) -> PriceTable:
    """The table in a file; without one, the one that ships. Raises ValueError that names the file and the key."""
    path = path or SHIPPED
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"prices_file {path} cannot be read: {error}") from None
    date = str(document.pop("date", ""))
    prices: dict[str, Prices] = {}
    for name, table in document.items():
        if not isinstance(table, dict):
            raise ValueError(f"{path}: {name} = {table!r} is not allowed; allowed: a table of {', '.join(FIELDS)}")
        prices[name.lower()] = nano_prices(ModelPrices(**_checked(table, name, path)))  # pyright: ignore[reportUnknownArgumentType] -- checked there
    return PriceTable(date, prices)


def _checked(table: dict[str, Any], name: str, path: Path) -> dict[str, float]:
    for key, value in table.items():
        if key not in FIELDS or isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            allowed = f"allowed: dollars per million tokens for {', '.join(FIELDS)}"
            raise ValueError(f"{path}: {name}.{key} = {value!r} is not allowed; {allowed}")
    return table
