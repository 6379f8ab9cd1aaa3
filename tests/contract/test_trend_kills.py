"""Subscribers through kills of the service: every story is told, none twice."""

import asyncio
import contextlib
import random
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from harness.servers.channels import Channels, open_channels
from harness.services.trend import trend_service
from harness.services.trend_process import SECONDS_MAX
from harness.waiting import until_async

STORY = re.compile(r"story-\d+")


async def run_and_kill(folder: Path, hook: str, first: int, seconds: float) -> int:
    """Runs the service, kills it some time after its first story. Returns the number of the next story."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "harness.services.trend_process", str(folder), hook, str(first),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    number = first
    with contextlib.suppress(TimeoutError):
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        async with asyncio.timeout(seconds):
            while line:
                if line.strip().isdigit():
                    number = int(line) + 1
                line = await process.stdout.readline()
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    return max([number, *(int(line) + 1 for line in rest.split() if line.isdigit())])


def told(channels: Channels) -> Counter[str]:
    """How often each story was told, in messages that are not repeats of one with the same key."""
    messages = {post.headers["idempotency-key"]: post.json for post in channels.posts}
    return Counter(
        STORY.search(entry["title"])[0] for message in messages.values() for entry in message["entries"]
    )  # fmt: skip


async def survives(folder: Path, kills: int) -> None:
    chance = random.Random(7)
    async with open_channels() as channels:
        number = 0
        for _ in range(kills):
            number = await run_and_kill(folder, channels.url + "/hook", number, chance.uniform(0.0, 4.0))
        async with trend_service(folder, delivery_seconds_max=SECONDS_MAX):

            async def all_told() -> bool:
                return len(told(channels)) >= number

            await until_async(all_told, f"all {number} stories are told", seconds_max=120)
        assert set(told(channels).values()) == {1}


async def test_no_story_is_lost_or_told_twice_when_the_service_is_killed(tmp_path: Path):
    await survives(tmp_path, 3)


@pytest.mark.deep
async def test_no_story_is_lost_or_told_twice_in_100_kills(tmp_path: Path):
    await survives(tmp_path, 100)
