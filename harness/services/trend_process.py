"""The trend service in a process of its own, to be killed.

`python -m harness.services.trend_process FOLDER HOOK FIRST`

Pushes one document after another, each a story of its own, named `story-N`, from FIRST on. Prints N when N is stored.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

from harness.services.trend import Trend, trend_service

SECONDS_MAX = 0.5


def story(number: int) -> dict[str, str]:
    """Words that no other story has."""
    words = [hashlib.sha256(f"{number} {word}".encode()).hexdigest()[:9].translate(LETTERS) for word in range(30)]
    return {"title": f"story-{number} {' '.join(words[:5])}", "text": " ".join(words), "id": f"story-{number}"}


LETTERS = str.maketrans("0123456789", "ghijklmnop")


async def main(folder: Path, hook: str, first: int) -> None:
    async with trend_service(folder, delivery_seconds_max=SECONDS_MAX) as trend:
        await _subscribe(trend, hook)
        number = first
        while True:
            await trend.post("/documents", {"documents": [story(number)]})
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            number += 1
            await asyncio.sleep(0.3)


async def _subscribe(trend: Trend, hook: str) -> None:
    if await trend.get("/subscribers"):
        return
    watch = await trend.post("/watches", {"name": "all", "query": {"surprise_min": 0}})
    address = {"channel": "webhook", "url": hook}
    await trend.post("/subscribers", {"name": "hook", "watch": watch["id"], "address": address, "updates": False})


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
