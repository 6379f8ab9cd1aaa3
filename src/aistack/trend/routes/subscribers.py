"""HTTP endpoints for subscribers and their messages."""

from fastapi import APIRouter

from aistack.access.collections import COLLECTION, Collections
from aistack.access.rules import needs
from aistack.chassis.errors import InvalidInput
from aistack.stores.records import AnyRow
from aistack.trend.delivery.composer import Composer
from aistack.trend.delivery.senders import markup_of
from aistack.trend.delivery.subscribers import Subscribers, check_address, options_of
from aistack.trend.delivery.wire import (
    ChangedSubscriber,
    DeliveryView,
    DryRun,
    NewSubscriber,
    Options,
    SubscriberView,
)
from aistack.trend.routes.sources import Reference
from aistack.trend.watches.watches import Watches


def subscriber_routes(
    subscribers: Subscribers, watches: Watches, composer: Composer, collections: Collections
) -> APIRouter:
    """`/v1/trend/subscribers`."""
    router = APIRouter(prefix="/v1/trend/subscribers", tags=["trend"])

    @router.get("", dependencies=[needs(COLLECTION, "view")])
    async def list_subscribers(collection: Reference = "default") -> list[SubscriberView]:
        """Your subscribers."""
        return [_view(row) for row in await subscribers.of((await collections.find(collection)).id)]

    @router.post("", status_code=201, dependencies=[needs(COLLECTION, "view")])
    async def add_subscriber(new: NewSubscriber, collection: Reference = "default") -> SubscriberView:
        """Someone or something that is told of a watch's stories from now on, each at most once.

        It acts with the rights that you have at the time. Its address is sealed and never returned.
        """
        return _view(await subscribers.add((await collections.find(collection)).id, new))

    @router.post("/dry-run", dependencies=[needs(COLLECTION, "view")])
    async def try_subscriber(new: NewSubscriber, collection: Reference = "default") -> DryRun:
        """The messages that a subscriber would get about the last 24 hours. Nothing is sent or saved."""
        row = await collections.find(collection)
        check_address(new.address)
        watch = await watches.find(row.id, new.watch)
        try:
            trial = await composer.dry_run(row.id, watch, options_of(new), new.address.channel)
        except ValueError as error:
            raise InvalidInput(str(error)) from None
        markup = markup_of(new.address.channel)
        texts = ["\n\n".join([one.heading, *one.texts]) for one in trial.messages]
        return DryRun(
            stories=trial.stories, messages=texts, sizes=[markup.measure(one) for one in texts],
            size_max=markup.size_max,
        )  # fmt: skip

    @router.get("/{subscriber_id}", dependencies=[needs(COLLECTION, "view")])
    async def show_subscriber(subscriber_id: str, collection: Reference = "default") -> SubscriberView:
        return _view(await subscribers.find((await collections.find(collection)).id, subscriber_id))

    @router.put("/{subscriber_id}", dependencies=[needs(COLLECTION, "view")])
    async def change_subscriber(
        subscriber_id: str, new: ChangedSubscriber, collection: Reference = "default"
    ) -> SubscriberView:
        """Changes a subscriber of yours, and starts it again if it stopped."""
        return _view(await subscribers.change((await collections.find(collection)).id, subscriber_id, new))

    @router.delete("/{subscriber_id}", status_code=204, dependencies=[needs(COLLECTION, "view")])
    async def delete_subscriber(subscriber_id: str, collection: Reference = "default") -> None:
        """Deletes a subscriber of yours, with its messages."""
        row = await subscribers.find((await collections.find(collection)).id, subscriber_id)
        await subscribers.remove_any(row.id)

    @router.post("/{subscriber_id}/test", status_code=202, dependencies=[needs(COLLECTION, "view")])
    async def test_subscriber(subscriber_id: str, collection: Reference = "default") -> None:
        """Sends a test message; the list of messages shows what became of it."""
        await composer.test(await subscribers.find((await collections.find(collection)).id, subscriber_id))

    @router.get("/{subscriber_id}/messages", dependencies=[needs(COLLECTION, "view")])
    async def list_messages(subscriber_id: str, collection: Reference = "default") -> list[DeliveryView]:
        """The newest 200 messages, and what became of each."""
        row = await subscribers.find((await collections.find(collection)).id, subscriber_id)
        return [_message(one) for one in await subscribers.messages(row.id)]

    @router.post("/{subscriber_id}/messages/{message}/send-again", dependencies=[needs(COLLECTION, "view")])
    async def send_again(subscriber_id: str, message: str, collection: Reference = "default") -> DeliveryView:
        """Sends a message again that failed, or of which it is unknown whether it arrived."""
        row = await subscribers.find((await collections.find(collection)).id, subscriber_id)
        return _message(await subscribers.send_again(row.id, message))

    return router


def _view(row: AnyRow) -> SubscriberView:
    options = Options(**row.options)
    return SubscriberView(
        **{name: getattr(options, name) for name in Options.model_fields}, id=row.id, name=row.name,
        watch=row.watch_id, owner=row.owner, channel=row.channel, place=row.place, error=row.error, due_at=row.due_at,
        created_at=row.created_at,
    )  # fmt: skip


def _message(row: AnyRow) -> DeliveryView:
    is_waiting = row.state in ("queued", "sending")
    return DeliveryView(
        id=row.key, subject=row.subject, state=row.state, attempts=row.attempts, error=row.error,
        due_at=row.due_at if is_waiting else None, created_at=row.created_at, sent_at=row.sent_at,
    )  # fmt: skip
