"""The control app's side of the model API: the table in force, the rules of keys, and the ledger.

Entries set through the API replace those of `stack.toml` with the same name. Every change is published to all data
planes at once.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aistack.access.levels import Level
from aistack.access.rules import check_level
from aistack.chassis.errors import InvalidInput, NotFound
from aistack.chassis.identity import ANONYMOUS, OWNER, Principal
from aistack.chassis.runtime.periodic import Periodic
from aistack.chassis.telemetry.logs import get_log
from aistack.gateway.models.accounting.budgets import Budget, Counted, KeyRules, rules_of
from aistack.gateway.models.plane import usage_folder
from aistack.gateway.models.table.compiled import ModelTable, compiled
from aistack.gateway.models.table.prices import PriceTable, read_prices
from aistack.gateway.models.worker_contexts import WorkerContexts
from aistack.gateway.settings import GatewaySettings
from aistack.stack.description import ModelEntry, ModelUpstream, Stack
from aistack.stack.environment import Environment
from aistack.stack.errors import StackError
from aistack.stack.models import check_references
from aistack.stack.secrets import secret_from_environment

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from aistack.gateway.models.accounting.ledger import UsageLedger
    from aistack.gateway.models.responses.store import ResponseStore
    from aistack.gateway.models.table.ownership import ModelOwnership
    from aistack.gateway.models.table.store import ModelStore
    from aistack.stores.records import AnyRow, Records


CONTEXT_SECONDS = 2.0


class ModelPlanes(Protocol):
    """All data planes, in this process or in others."""

    def set_models(self, table: ModelTable) -> None: ...

    def set_key_rules(self, rules: Mapping[str, KeyRules]) -> None: ...

    def set_counted(self, counted: Counted) -> None: ...


OpenRecords = Callable[[], Awaitable["Records"]]


class ModelAdministration:
    """`open_records` opens the gateway's records when they are first needed."""

    def __init__(self, planes: ModelPlanes, open_records: OpenRecords) -> None:
        self.prices = PriceTable()
        self.ledger: UsageLedger | None = None
        self.stored: dict[str, tuple[ModelEntry, list[str]]] = {}
        self._planes = planes
        self._open_records = open_records
        self.ownership: ModelOwnership | None = None
        self._store: ModelStore | None = None
        self._described: dict[str, ModelEntry] = {}
        self._environment = Environment()
        self._settings: GatewaySettings | None = None
        self._budgets: dict[str, Budget] = {}
        self._created = int(time.time())
        self._table = ModelTable()
        self._contexts = WorkerContexts()
        self._asking: Periodic | None = None
        self.own_sidecar = ""

    async def start(self, settings: GatewaySettings, stack: Stack, *, has_records: bool) -> None:
        """Publishes the table. Raises StackError for an entry whose key is missing, or prices that cannot be read."""
        self._describe(settings, stack)
        if has_records or stack.models:
            await self._opened()
        self.publish()
        self._asking = Periodic(CONTEXT_SECONDS, self._ask_contexts, "models:contexts")

    def configure(self, settings: GatewaySettings, stack: Stack) -> None:
        """Applies a changed description. Raises StackError."""
        self._describe(settings, stack)
        self.publish()

    async def refresh(self) -> None:
        """Reads the stored entries again: another gateway may have changed them, or whose they are."""
        if self._store is None or self.ownership is None:
            return
        stored, owners_changed = await self._store.all(), await self.ownership.load()
        if stored != self.stored or owners_changed:
            self.stored = stored
            self.publish()

    async def stop(self) -> None:
        if self._asking is not None:
            await self._asking.stop()
        if self.ledger is not None:
            await self.ledger.stop()

    @property
    def entries(self) -> list[ModelEntry]:
        """The entries in force."""
        return list((self._described | {name: entry for name, (entry, _) in self.stored.items()}).values())

    def visible(self, who: Principal) -> list[ModelEntry]:
        """The entries in force that a principal may see."""
        return [one for one in self.entries if self.ownership is None or self.ownership.level(who, one.name)]

    def find(self, name: str, who: Principal, level: Level) -> ModelEntry:
        """An entry in force, for a principal who needs a level. Raises NotFound, Forbidden."""
        missing = NotFound(f"no model has the name {name}; GET /gateway/models lists all")
        entry = next((one for one in self.entries if one.name == name), None)
        if entry is None:
            raise missing
        if self.ownership is not None:
            check_level(self.ownership.thing(name), self.ownership.level(who, name), missing, name, level)
        return entry

    def owner_of(self, name: str) -> str:
        return OWNER if self.ownership is None else self.ownership.thing(name).owner

    def exists(self, name: str) -> bool:
        return name in self.stored or name in self._described

    def replaced(self, name: str) -> str:
        """The source of the described entry that a stored one replaces; empty if there is none."""
        return self._described[name].source if name in self.stored and name in self._described else ""

    def has_key(self, entry: ModelEntry, at: int) -> bool:
        stored = self.stored.get(entry.name)
        return bool(stored[1][at] if stored is not None and at < len(stored[1]) else entry.upstreams[at].key)

    async def put(self, name: str, value: Any, who: Principal = ANONYMOUS) -> ModelEntry:
        """Adds an entry, which belongs to whoever adds it, or replaces one. Raises InvalidInput, Conflict, Forbidden.

        What is added for the stack's owners is everyone's to use.
        """
        store, ownership = await self._opened()
        ownership.check_may_put(who, name)
        described = self._described.values()
        known = {one.name: (one, [self._key_of(one, at) for at in one.upstreams]) for one in described}
        is_private = not self.exists(name) and who.subject != OWNER

        async def own(connection: "AsyncConnection") -> None:
            if is_private:
                await ownership.add(connection, name, who.subject)

        entry = await store.put(name, value, known | self.stored, lambda entry: self._check(entry, who), own)
        await self.refresh()
        get_log("gateway").info("models.put", model=name)
        return entry

    async def delete(self, name: str, who: Principal = ANONYMOUS) -> None:
        """Removes an entry that was set through the API. Raises NotFound, Forbidden, InvalidInput if others need it.

        One of `stack.toml` that is in force again keeps the owner and the grants.
        """
        store, ownership = await self._opened()
        missing = NotFound(f"no model with the name {name} was set through the API; GET /gateway/models lists all")
        if self.exists(name):
            check_level(ownership.thing(name), ownership.level(who, name), missing, name, "manage")
        left = {one.name: one for one in self.entries if one.name != name}
        if name in self._described:
            left[name] = self._described[name]
        _check_references(left)

        async def disown(connection: "AsyncConnection") -> None:
            if name not in self._described:
                await ownership.remove(connection, name)

        if not await store.delete(name, disown):
            raise missing
        await self.refresh()
        get_log("gateway").info("models.deleted", model=name)

    async def usage_ledger(self) -> "UsageLedger":
        await self._opened()
        assert self.ledger is not None
        return self.ledger

    async def opened_ownership(self) -> "ModelOwnership":
        return (await self._opened())[1]

    async def opened_responses(self) -> "ResponseStore":
        from aistack.gateway.models.responses.store import ResponseStore

        records = (await self._opened())[1].records
        settings = self._settings
        assert settings is not None
        return ResponseStore(records, settings.model_responses_days, settings.model_responses_max)

    def set_keys(self, rows: Iterable["AnyRow"]) -> None:
        """Publishes the rules of all valid keys."""
        rules = {f"key:{row.id}": rules_of(row.model_rules) for row in rows if row.model_rules}
        self._budgets = {key: rule.budget for key, rule in rules.items() if rule.budget is not None}
        if self.ledger is not None:
            self.ledger.set_budgets(self._budgets)
        self._planes.set_key_rules(rules)

    def publish(self) -> None:
        shared = None if self.ownership is None else self.ownership.shared()
        self._table = compiled(self.entries, self._key_of, self.prices.of, self._created, self.own_sidecar, shared)
        self._planes.set_models(self._contexts.completed(self._table))

    async def _ask_contexts(self) -> None:
        if await self._contexts.refresh(self._table):
            self._planes.set_models(self._contexts.completed(self._table))

    def _check(self, entry: ModelEntry, who: Principal) -> None:
        """For the references of an entry, what its maker does not see does not exist."""
        visible = {one.name: replace(one, fallbacks=()) for one in self.visible(who)}
        known = {name: one for name, one in visible.items() if not one.alias_of or one.alias_of in visible}
        _check_references(known | {entry.name: entry})
        _check_references({one.name: one for one in self.entries} | {entry.name: entry})

    def _describe(self, settings: GatewaySettings, stack: Stack) -> None:
        try:
            self.prices = read_prices(Path(settings.prices_file).expanduser() if settings.prices_file else None)
        except ValueError as error:
            raise StackError(str(error)) from None
        self._settings = settings
        self.own_sidecar = stack.local_models.sidecar_address
        self._environment = stack.environment_of(stack.services["gateway"])
        described = {entry.name: entry for entry in stack.models}
        for entry in described.values():
            for upstream in entry.upstreams:
                if upstream.key and not self._from_variable(upstream.key):
                    raise StackError(f"{entry.source}: models.{entry.name} needs {upstream.key}, which is not set")
        self._described = described

    def _from_variable(self, key: str) -> str:
        return secret_from_environment(key.removeprefix("$"), self._environment)[0].strip()

    def _key_of(self, entry: ModelEntry, upstream: ModelUpstream) -> str:
        stored = self.stored.get(entry.name)
        if stored is not None and stored[0] is entry:
            return dict(zip(entry.upstreams, stored[1], strict=False)).get(upstream, "")
        return self._from_variable(upstream.key) if upstream.key else ""

    async def _opened(self) -> "tuple[ModelStore, ModelOwnership]":
        """Opens the records, once."""
        if self._store is None or self.ownership is None:
            from aistack.databases.sealing import sealer_of
            from aistack.gateway.models.accounting.ledger import UsageLedger
            from aistack.gateway.models.table.ownership import ModelOwnership
            from aistack.gateway.models.table.store import ModelStore

            settings = self._settings
            assert settings is not None
            records = await self._open_records()
            self._store = ModelStore(records, lambda: sealer_of(settings.encryption_key, settings.data_dir))
            self.ledger = UsageLedger(usage_folder(settings.data_dir), records, self._planes.set_counted)
            self.ledger.set_budgets(self._budgets)
            await self.ledger.start()
            self.ownership = ModelOwnership(records, self.exists, self.publish)
            self.stored = await self._store.all()
            await self.ownership.load()
        return self._store, self.ownership


def _check_references(entries: Mapping[str, ModelEntry]) -> None:
    try:
        check_references(entries, "models")
    except StackError as error:
        raise InvalidInput(str(error)) from None
