"""The entries of the model table that were set through the API, with the keys of their upstreams sealed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from aistack.chassis.errors import InvalidInput
from aistack.chassis.telemetry.logs import get_log
from aistack.databases.sealing import CannotOpen, Sealer
from aistack.gateway.tables import StoredModel
from aistack.stack.description import ModelEntry
from aistack.stack.errors import StackError
from aistack.stack.models import model_entry
from aistack.stores.records import Records

InTransaction = Callable[[AsyncConnection], Awaitable[None]]

SOURCE = "api"
KEY_CHARACTERS_MAX = 4096


class ModelStore:
    """The stored entries. A sealed key opens only for the model and the upstream's URL that it was set for.

    `make_sealer` is called when the first key is sealed or opened, as deriving its keys takes time and memory.
    """

    def __init__(self, records: Records, make_sealer: Callable[[], Sealer]) -> None:
        self.records = records
        self._sealer = lru_cache(maxsize=1)(make_sealer)

    async def all(self) -> dict[str, tuple[ModelEntry, list[str]]]:
        """The entries by name, each with the keys of its upstreams. A key that cannot be opened is empty."""
        async with self.records.read() as connection:
            rows = (await connection.execute(select(StoredModel).order_by(StoredModel.name))).all()
        found: dict[str, tuple[ModelEntry, list[str]]] = {}
        for row in rows:
            try:
                entry = model_entry(row.name, row.entry, SOURCE)
            except StackError as error:  # written by another version
                get_log("gateway").error("models.entry_refused", model=row.name, error=str(error))
                continue
            sealed = [*row.sealed, *[""] * len(entry.upstreams)][: len(entry.upstreams)]
            keys = [self._opened(entry, at, one) for at, one in enumerate(sealed)]
            found[row.name] = entry, keys
        return found

    async def put(
        self,
        name: str,
        value: Any,
        known: Mapping[str, tuple[ModelEntry, list[str]]],
        check: Callable[[ModelEntry], None],
        also: InTransaction | None = None,
    ) -> ModelEntry:
        """Stores an entry in the form of `stack.toml`, except that `key` is the key itself. Raises InvalidInput.

        An upstream without a key keeps the one of its URL, of the upstream in the same place first.
        `check` may raise as well, and so may what is `also` done.
        """
        value, keys = _without_keys(value)
        try:
            entry = model_entry(name, value, SOURCE)
        except StackError as error:
            raise InvalidInput(str(error)) from None
        check(entry)
        before = known.get(name)
        full = [_kept(entry, at, before) if given is None else given for at, given in enumerate(keys)]
        sealed = [self._sealer().seal(key.encode(), _purpose(entry, at)) if key else "" for at, key in enumerate(full)]
        async with self.records.write() as connection:
            await connection.execute(delete(StoredModel).where(StoredModel.name == name))
            row = {"name": name, "entry": value, "sealed": sealed, "updated_at": datetime.now(UTC)}
            await connection.execute(insert(StoredModel).values(**row))
            if also is not None:
                await also(connection)
        return replace(entry, source=SOURCE)

    async def delete(self, name: str, also: InTransaction | None = None) -> bool:
        """Whether there was such an entry."""
        async with self.records.write() as connection:
            gone = await connection.execute(delete(StoredModel).where(StoredModel.name == name))
            if gone.rowcount and also is not None:
                await also(connection)
        return bool(gone.rowcount)

    def _opened(self, entry: ModelEntry, at: int, sealed: str) -> str:
        if not sealed:
            return ""
        try:
            return self._sealer().open(sealed, _purpose(entry, at)).decode()
        except CannotOpen as error:
            get_log("gateway").error("models.key_unusable", model=entry.name, upstream=at, error=str(error))
            return ""


def _kept(entry: ModelEntry, at: int, before: tuple[ModelEntry, list[str]] | None) -> str:
    url = entry.upstreams[at].url
    pairs = [] if before is None else list(zip(before[0].upstreams, before[1], strict=True))
    return next((key for one, key in (*pairs[at : at + 1], *pairs) if one.url == url), "")


def _purpose(entry: ModelEntry, at: int) -> str:
    return f"model {entry.name} {entry.upstreams[at].url}"


def _without_keys(value: Any) -> tuple[Any, list[str | None]]:
    """An entry without the keys of its upstreams, and these. Raises InvalidInput."""
    if not isinstance(value, dict):
        return value, []
    entry = cast(dict[str, Any], value)
    if not isinstance(entry.get("upstreams"), list):
        return entry, []
    keys: list[str | None] = []
    upstreams: list[Any] = []
    for upstream in cast(list[Any], entry["upstreams"]):
        held = cast(dict[str, Any], upstream) if isinstance(upstream, dict) else None
        key: Any = None if held is None else held.get("key")
        if key is not None and (not isinstance(key, str) or not key.isprintable() or len(key) > KEY_CHARACTERS_MAX):
            raise InvalidInput(f"key must be printable text of at most {KEY_CHARACTERS_MAX} characters")
        keys.append(key)
        upstreams.append(upstream if held is None else {name: one for name, one in held.items() if name != "key"})
    return entry | {"upstreams": upstreams}, keys
