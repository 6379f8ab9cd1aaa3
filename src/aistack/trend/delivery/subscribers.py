"""The subscribers of all watches. Their addresses are sealed and never returned."""

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from aistack.access.grants import AccessStore
from aistack.chassis.errors import Conflict, NotFound
from aistack.chassis.identity import principal
from aistack.chassis.web.public_web import check_url
from aistack.databases.sealing import Sealer
from aistack.stores.records import AnyRow, Records
from aistack.trend.delivery.schedules import next_due
from aistack.trend.delivery.senders import ADDRESSES
from aistack.trend.delivery.tables import SUBSCRIBER, SUBSCRIBER_THINGS, Delivery, Subscriber
from aistack.trend.delivery.wire import (
    Address,
    ChangedSubscriber,
    EmailAddress,
    NewSubscriber,
    Options,
    TelegramAddress,
)
from aistack.trend.watches.watches import Watches, check_own, is_own

MESSAGES_MAX = 200  # that a list shows


class Subscribers:
    """`sealer` gives the current one, which a reload may replace."""

    def __init__(self, records: Records, access: AccessStore, watches: Watches, sealer: Callable[[], Sealer]) -> None:
        self._records = records
        self._access = access
        self._watches = watches
        self._sealer = sealer

    async def add(self, collection_id: int, new: NewSubscriber) -> AnyRow:
        """The caller's new subscriber. Raises NotFound without the watch, InvalidInput for a URL that cannot be."""
        await self._watches.find(collection_id, new.watch)
        check_address(new.address)
        now, owner, subscriber_id = datetime.now(UTC), principal.get().subject, secrets.token_hex(6)
        options = options_of(new)
        row = {
            "id": subscriber_id, "collection_id": collection_id, "owner": owner, "since": now, "created_at": now,
            **self._values(subscriber_id, new, options, now), **self._address(subscriber_id, new.address),
        }  # fmt: skip
        async with self._records.write() as connection:
            await SUBSCRIBER_THINGS.check_quota(connection, owner)
            try:
                return (await connection.execute(insert(Subscriber).values(**row).returning(Subscriber))).one()
            except IntegrityError:
                raise _taken(new.name) from None

    async def change(self, collection_id: int, subscriber_id: str, new: ChangedSubscriber) -> AnyRow:
        """Raises as `add`, and NotFound and Forbidden as `find`."""
        await self.find(collection_id, subscriber_id)
        await self._watches.find(collection_id, new.watch)
        values = self._values(subscriber_id, new, options_of(new), datetime.now(UTC))
        if new.address is not None:
            check_address(new.address)
            values |= self._address(subscriber_id, new.address)
        changed = update(Subscriber).where(Subscriber.id == subscriber_id).values(**values).returning(Subscriber)
        async with self._records.write() as connection:
            try:
                row = (await connection.execute(changed)).one_or_none()
            except IntegrityError:
                raise _taken(new.name) from None
        if row is None:
            raise _missing(subscriber_id)
        return row

    async def of(self, collection_id: int) -> Sequence[AnyRow]:
        """Those that belong to the caller; all of the collection for administrators."""
        query = select(Subscriber).where(Subscriber.collection_id == collection_id)
        async with self._records.read() as connection:
            rows = (await connection.execute(query.order_by(Subscriber.created_at, Subscriber.id))).all()
        return [row for row in rows if is_own(row, principal.get())]

    async def find(self, collection_id: int, subscriber_id: str) -> AnyRow:
        """Raises NotFound, Forbidden unless it is the caller's."""
        query = select(Subscriber).where(Subscriber.id == subscriber_id, Subscriber.collection_id == collection_id)
        async with self._records.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise _missing(subscriber_id)
        check_own(row, SUBSCRIBER)
        return row

    async def remove_any(self, subscriber_id: str) -> None:
        """Removes a subscriber, for any caller; one that is gone is no error."""
        async with self._records.write() as connection:
            await connection.execute(delete(Subscriber).where(Subscriber.id == subscriber_id))
            await self._access.remove_thing(connection, SUBSCRIBER, subscriber_id)

    async def messages(self, subscriber_id: str) -> Sequence[AnyRow]:
        """Its messages, newest first."""
        query = select(Delivery).where(Delivery.subscriber_id == subscriber_id).order_by(Delivery.id.desc())
        async with self._records.read() as connection:
            return (await connection.execute(query.limit(MESSAGES_MAX))).all()

    async def send_again(self, subscriber_id: str, key: str) -> AnyRow:
        """Queues a message that failed, or of which nobody knows whether it arrived. Raises NotFound, Conflict."""
        its = (Delivery.subscriber_id == subscriber_id, Delivery.key == key)
        values = {"state": "queued", "attempts": 0, "due_at": datetime.now(UTC)}
        queued = update(Delivery).where(*its, Delivery.state.in_(("failed", "unknown"))).values(**values)
        async with self._records.write() as connection:
            row = (await connection.execute(queued.returning(Delivery))).one_or_none()
            if row is not None:
                return row
            state = await connection.scalar(select(Delivery.state).where(*its))
        if state is None:
            raise NotFound(f"there is no message {key} of this subscriber")
        raise Conflict(f"message {key} is {state}; only failed and unknown ones can be sent again")

    def address_of(self, row: AnyRow) -> Address:
        """Raises CannotOpen."""
        return ADDRESSES.validate_json(self._sealer().open(row.address, f"subscriber:{row.id}"))

    def _values(
        self, subscriber_id: str, new: NewSubscriber | ChangedSubscriber, options: Options, now: datetime
    ) -> dict[str, Any]:
        return {
            "name": new.name, "watch_id": new.watch, "options": options.model_dump(by_alias=True), "error": "",
            "due_at": None if new.is_paused else next_due(options, now),
        }  # fmt: skip

    def _address(self, subscriber_id: str, address: Address) -> dict[str, Any]:
        plain = json.dumps(_plain(address), sort_keys=True).encode()
        return {
            "channel": address.channel, "place": place_of(address)[:256],
            "address": self._sealer().seal(plain, f"subscriber:{subscriber_id}"),
            "lane": hashlib.sha256(self._sealer().derived("trend lanes") + plain).hexdigest()[:32],
        }  # fmt: skip


def options_of(new: Options) -> Options:
    return Options(**{name: getattr(new, name) for name in Options.model_fields})


def place_of(address: Address) -> str:
    """Where messages go, without secrets, which may be in a URL's path."""
    if isinstance(address, EmailAddress):
        return ", ".join(address.to)
    if isinstance(address, TelegramAddress):
        return f"{address.chat} at {urlsplit(address.server).hostname}"
    parts = urlsplit(address.url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}/…"


def check_address(address: Address) -> None:
    """Raises InvalidInput for a URL that cannot be."""
    if not isinstance(address, EmailAddress):
        check_url(address.server if isinstance(address, TelegramAddress) else address.url)


def _plain(address: Address) -> dict[str, Any]:
    plain = address.model_dump()
    return {name: one.get_secret_value() if isinstance(one, SecretStr) else one for name, one in plain.items()}


def _taken(name: str) -> Conflict:
    return Conflict(f"you already have a subscriber {name} in this collection")


def _missing(subscriber_id: str) -> NotFound:
    return NotFound(f"there is no subscriber {subscriber_id} in this collection")
