"""What watchers of the registry are told, and what slow ones cost."""

import asyncio
import sys
from contextlib import aclosing

import pytest

from aistack.chassis.errors import Unavailable
from aistack.gateway.registry import watch as changes
from aistack.gateway.registry.watch import CHANGES_KEPT, Change, ChangeFeed, last_revision


async def taken(following, count: int) -> list[tuple[int, str]]:
    async with asyncio.timeout(60):
        return [(one.revision, one.kind) for one in [await anext(following) for _ in range(count)]]


async def test_a_watcher_sees_every_change_after_its_place_in_order():
    feed = ChangeFeed()
    for number in range(200):
        feed.add(f"k{number + 1}", "shop", "one")
    async with aclosing(feed.follow(50)) as following:
        assert await taken(following, 150) == [(number, f"k{number}") for number in range(51, 201)]
        waiting = asyncio.create_task(taken(following, 1))
        await asyncio.sleep(0)
        feed.add("later", "shop", "one")
        assert await waiting == [(201, "later")]


@pytest.mark.parametrize("after", [0, 1, 5000 - CHANGES_KEPT - 1, 5001, 10**17])
async def test_who_asks_for_what_is_not_kept_is_told_to_read_again(after: int):
    feed = ChangeFeed()
    for _ in range(5000):
        feed.add("up", "shop", "one")
    async with aclosing(feed.follow(after)) as following:
        assert await taken(following, 1) == [(5000, "reset")]


@pytest.mark.parametrize("after", [5000 - CHANGES_KEPT, 4999])
async def test_what_is_just_kept_is_told_without_a_reset(after: int):
    feed = ChangeFeed()
    for _ in range(5000):
        feed.add("up", "shop", "one")
    async with aclosing(feed.follow(after)) as following:
        assert await taken(following, 1) == [(after + 1, "up")]


async def test_a_watcher_that_falls_behind_is_told_that_changes_are_missing():
    feed = ChangeFeed()
    async with aclosing(feed.follow(None)) as following:
        waiting = asyncio.create_task(taken(following, 1))
        await asyncio.sleep(0)
        feed.add("registered", "shop", "one")
        assert await waiting == [(1, "registered")]
        for _ in range(100_000):
            feed.add("up", "shop", "one")
        assert await taken(following, 1) == [(100_001, "reset")]
        assert sum(sys.getsizeof(one) for one in following.ag_frame.f_locals.values()) < 4096
        feed.add("down", "shop", "one")
        assert await taken(following, 1) == [(100_002, "down")]


async def test_only_so_many_watch_at_once_and_one_that_leaves_makes_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(changes, "WATCHERS_MAX", 2)
    feed = ChangeFeed()
    feed.add("up", "shop", "one")
    watching = [feed.follow(0) for _ in range(2)]
    for one in watching:
        await anext(one)
    with pytest.raises(Unavailable):
        feed.check_watcher()
    await watching[0].aclose()
    feed.check_watcher()
    await watching[1].aclose()


@pytest.mark.parametrize(
    ("text", "revision"),
    [
        ("0", 0),
        ("12", 12),
        ("", None),
        ("-1", None),
        ("1.0", None),
        ("٣", None),
        ("²", None),
        ("9" * 5000, None),
        ("1\n", None),
    ],
)  # fmt: skip
def test_a_last_event_id_is_plain_digits_or_none(text: str, revision: int | None):
    assert last_revision(text) == revision


def test_an_event_holds_to_one_line_of_data_whatever_the_names():
    event = Change(7, "up", 'a"b', "one\ntwo").event
    assert event == 'id: 7\nevent: up\ndata: {"service": "a\\"b", "instance": "one\\ntwo"}\n\n'
