"""Measures a stream of documents as the service takes it: topics, events, throughput and memory."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator

from aistack.trend.bursts.growth import SURPRISE_MIN, growth_of
from benchmarks.report import Row
from benchmarks.trend.scores import adjusted_rand
from benchmarks.trend.topics import DAY, Stream, StreamedDocument, stream

BATCH = 500
PAST_DAYS = 4


def stream_rows(count: int, seed: int, days: int = 14) -> Iterator[Row]:
    given = stream(seed, count, days)
    found = _settled(given.documents, days)
    named = f"stream of {len(given.documents)} documents"
    assert not found["error"], found["error"]
    story_of = {one.title: one.story if one.story >= 0 else f"alone {one.title}" for one in given.documents}
    topics = [(topic, story_of[title], at) for title, topic, at in found["topics"]]
    rand = adjusted_rand([topic for topic, _, _ in topics], [story for _, story, _ in topics])
    yield Row(f"{named}, topics beside stories, adjusted Rand", round(rand, 3), "")
    recall, false = _events(given, topics, days)
    yield Row(f"{named}, planted events that grow, recall", round(recall, 3), "", ">= 0.9")
    yield Row(f"{named}, other topics that grow from one day to the next", false, "a day")
    big = count >= 100_000
    seconds = found["added_seconds"] + found["settled_seconds"]
    yield Row(f"{named}, analyzed and stored in", round(found["added_seconds"], 1), "s")
    yield Row(f"{named}, into topics in", round(seconds, 1), "s", "<= 120" * big)
    yield Row(f"{named}, processor time of all of it", round(found["processor_seconds"], 1), "s")
    yield Row(f"{named}, memory of the service", round(found["service_mib"]), "MiB", "<= 700" * big)
    yield Row(f"{named}, memory of the process that settles", round(found["worker_mib"]), "MiB", "<= 700" * big)


def _settled(documents: list[StreamedDocument], days: int) -> dict:
    command = [sys.executable, "-m", "benchmarks.trend.stream_run", str(days)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for at in range(0, len(documents), BATCH):
            batch = [[one.at, one.title, one.text, one.source] for one in documents[at : at + BATCH]]
            process.stdin.write(json.dumps(batch) + "\n")
        process.stdin.close()
        return json.loads(process.stdout.read())


def _events(given: Stream, topics: list[tuple[str, object, float]], days: int) -> tuple[float, int]:
    """The share of events whose topic grows in the last day, and how many topics of stories without an event do that
    had no document before."""
    members: dict[str, list[tuple[object, float]]] = defaultdict(list)
    for topic, story, at in topics:
        members[topic].append((story, at))
    totals = [0] * (PAST_DAYS + 1)
    for _, _, at in topics:
        place = PAST_DAYS - int((days * DAY - at) // DAY)
        if 0 <= place <= PAST_DAYS:
            totals[place] += 1
    hit: set[object] = set()
    false = 0
    for own in members.values():
        counts = [0] * (PAST_DAYS + 1)
        for _, at in own:
            place = PAST_DAYS - int((days * DAY - at) // DAY)
            if 0 <= place <= PAST_DAYS:
                counts[place] += 1
        growth = growth_of(counts, totals, 1)
        if growth.surprise < SURPRISE_MIN or growth.count < 2:
            continue
        story, most = Counter(one for one, _ in own).most_common(1)[0]
        if story in given.events and most >= len(own) / 2:
            hit.add(story)
        elif counts[-2] and story not in given.events:
            false += 1
    return len(hit) / max(1, len(given.events)), false
