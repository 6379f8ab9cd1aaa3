"""Sends what the ledger holds: intent first, outcome after, one message at a time to each address."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import and_, func, select, update

from aistack.chassis.telemetry.logs import get_log
from aistack.databases.sealing import CannotOpen
from aistack.stores.job_leases import claim_first
from aistack.stores.records import AnyRow, Records
from aistack.trend.delivery.channels import Refused, Unsure
from aistack.trend.delivery.messages import Message
from aistack.trend.delivery.senders import Senders, drops_repeats, per_minute
from aistack.trend.delivery.subscribers import Subscribers
from aistack.trend.delivery.tables import Delivery, Subscriber

ATTEMPTS_MAX = 14
BACK_OFF_SECONDS = 4.0
BACK_OFF_SECONDS_MAX = 3_600.0
DIED = "the service stopped while it was sent; it is unknown whether it arrived"


class Outbox:
    """`lease_seconds`: a message that is `sending` for longer belonged to an instance that died."""

    def __init__(self, records: Records, subscribers: Subscribers, senders: Senders, lease_seconds: float) -> None:
        self._records = records
        self._subscribers = subscribers
        self._senders = senders
        self._lease = timedelta(seconds=lease_seconds)
        self._log = get_log("trend")

    async def send_all(self) -> None:
        """Sends until nothing is due. Called periodically, several times side by side."""
        await self.recover()
        while await self.send_one():
            pass

    async def recover(self) -> None:
        """What becomes of messages whose sender died: again where that cannot repeat, or repeating is wanted."""
        died = and_(Delivery.state == "sending", Delivery.due_at < datetime.now(UTC))
        query = select(Delivery.id, Subscriber.channel, Subscriber.options).join(
            Subscriber, Subscriber.id == Delivery.subscriber_id
        )
        async with self._records.read() as connection:
            rows = (await connection.execute(query.where(died))).all()
        for row in rows:
            values = _unsure(row, DIED)
            async with self._records.write() as connection:
                await connection.execute(update(Delivery).where(Delivery.id == row.id, died).values(**values))

    async def send_one(self) -> bool:
        """Sends the message that has been due for the longest time. False if none is."""
        now = datetime.now(UTC)
        other = Delivery.__table__.alias()
        earlier = select(other.c.id).where(
            other.c.lane == Delivery.lane,
            (other.c.state == "sending") | ((other.c.state == "queued") & (other.c.id < Delivery.id)),
        )
        due = (Delivery.state == "queued") & (Delivery.due_at <= now) & ~earlier.exists()
        claimed = {"state": "sending", "attempts": Delivery.attempts + 1, "due_at": now + self._lease}
        row = await claim_first(self._records, Delivery, due, [Delivery.due_at, Delivery.id], claimed)
        if row is None:
            return False
        async with self._records.read() as connection:
            query = select(Subscriber).where(Subscriber.id == row.subscriber_id)
            subscriber = (await connection.execute(query)).one_or_none()
        if subscriber is not None:  # otherwise the message is gone, too
            await self._send(row, subscriber)
        return True

    async def _send(self, row: AnyRow, subscriber: AnyRow) -> None:
        wait = 60 / per_minute(subscriber.channel)
        try:
            address = self._subscribers.address_of(subscriber)
            await self._senders.send(address, Message.of(row.body, row.key))
            values: dict[str, Any] = {"state": "sent", "error": "", "sent_at": datetime.now(UTC)}
        except (CannotOpen, ValidationError) as error:
            values = {"state": "failed", "error": f"the address cannot be used; set it again: {error}"[:500]}
        except Unsure as error:
            values = _unsure(subscriber, str(error))
            wait = max(wait, BACK_OFF_SECONDS)
        except Refused as error:
            is_over = error.is_final or row.attempts >= ATTEMPTS_MAX
            values = {"state": "failed" if is_over else "queued", "error": str(error)}
            if not is_over:
                back_off = min(BACK_OFF_SECONDS * 2 ** (row.attempts - 1), BACK_OFF_SECONDS_MAX)
                wait = max(wait, error.seconds or back_off)
        if values["error"]:
            self._log.warning("delivery.failed", subscriber=subscriber.id, message=row.key, error=values["error"])
        later = datetime.now(UTC) + timedelta(seconds=wait)
        waiting = (Delivery.lane == row.lane, Delivery.state == "queued", Delivery.due_at < later)
        async with self._records.write() as connection:
            await connection.execute(update(Delivery).where(Delivery.id == row.id).values(**values))
            await connection.execute(update(Delivery).where(*waiting).values(due_at=later))
            same = update(Subscriber).where(Subscriber.id == subscriber.id)
            await connection.execute(same.values(error=values["error"]))

    async def counts(self, collection_id: int) -> dict[str, int]:
        """How many messages of a collection's subscribers are in each state."""
        query = select(Delivery.state, func.count()).join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        query = query.where(Subscriber.collection_id == collection_id).group_by(Delivery.state)
        async with self._records.read() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}


def _unsure(row: AnyRow, reason: str) -> dict[str, Any]:
    """`row` has the subscriber's channel and options."""
    is_again = drops_repeats(row.channel) or row.options["when_unsure"] == "resend"
    return {"state": "queued" if is_again else "unknown", "error": reason, "due_at": datetime.now(UTC)}
