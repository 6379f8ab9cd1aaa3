"""From what was gathered to the contents of a report, and what changed since an earlier one."""

import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from aistack.trend.reports.findings import findings_of, limits_of, link, method_of
from aistack.trend.reports.gathering import Gathered
from aistack.trend.reports.phrases import Phrases
from aistack.trend.reports.wire import ChangedTopic, Changes, Content, ReportRequest, SourceRow, TopicRow

METHODS = {
    "topics": "single-pass clustering, Miranda et al. 2018; version 1",
    "growth": "negative binomial tail; version 1",
    "copies": "MinHash, Broder 1997; version 1",
    "report": "version 1",
}
SOURCES_MAX = 15
NEWEST_MAX = 20
CHANGED_MAX = 20


def content_of(gathered: Gathered, request: ReportRequest) -> Content:
    say = Phrases(request.language)
    originals = gathered.originals
    counts, firsts = Counter(one.source_name for one in originals), gathered.firsts()
    findings = findings_of(gathered, request, say)
    return Content(
        title=request.title or _title(gathered, request, say), report_type=request.report_type,
        language=request.language, since=gathered.window.since, until=datetime.now(UTC),
        bucket_seconds=gathered.window.bucket_seconds, summary="", summary_by=say("by_template"), findings=findings,
        documents=len(originals), documents_before=round(gathered.before, 1), volume=list(gathered.volume),
        topics=[
            TopicRow(
                id=one.row.id, name=one.row.name, state=one.growth.state, count=one.growth.count,
                expected=one.growth.expected, surprise=one.growth.surprise, sources=one.sources,
                first_at=one.row.first_at, volume=one.volume,
            )
            for one in gathered.topics[: request.topics_max]
        ],
        sources=[
            SourceRow(source=source, documents=count, first=firsts[source])
            for source, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:SOURCES_MAX]
        ],
        newest=[link(one) for one in reversed(originals[-NEWEST_MAX:])], changes=None, sections=list(request.shown),
        method=method_of(request, say), limits=limits_of(gathered, request, say),
    )  # fmt: skip


def inputs_of(gathered: Gathered) -> dict[str, Any]:
    """What the report rests on, so that it can be checked and compared."""
    documents = [one.public_id for one in gathered.documents]
    return {
        "documents": documents, "topics": [one.row.id for one in gathered.topics], "methods": METHODS, "seed": 0,
        "digest": hashlib.sha256(" ".join(documents).encode()).hexdigest()[:32],
    }  # fmt: skip


def scope_of(request: ReportRequest) -> str:
    """Reports with the same one can be compared: all that was asked, apart from how it is written."""
    asked = request.model_dump_json(exclude={"language", "title", "by_model", "sections", "collection"})
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def changes_between(before: Content, now: Content, report_id: str, created_at: datetime) -> Changes:
    """Topics that came, went, or changed their state or by more than a fifth."""
    earlier = {one.id: (place, one) for place, one in enumerate(before.topics)}
    later = {one.id: (place, one) for place, one in enumerate(now.topics)}
    changed: list[ChangedTopic] = []
    for topic, (place, one) in later.items():
        if topic in earlier:
            old_place, old = earlier[topic]
            if old.state != one.state or abs(one.count - old.count) > 0.2 * max(one.count, old.count, 1):
                changed.append(
                    ChangedTopic(
                        id=topic,
                        name=one.name,
                        before=old.count,
                        now=one.count,
                        state_before=old.state,
                        state_now=one.state,
                        moved=old_place - place,
                    )
                )
    return Changes(
        since=report_id, created_at=created_at, documents_before=before.documents, documents=now.documents,
        appeared=[_topic(one, now=one.count) for key, (_, one) in later.items() if key not in earlier][:CHANGED_MAX],
        disappeared=[
            _topic(one, before=one.count) for key, (_, one) in earlier.items() if key not in later
        ][:CHANGED_MAX],
        changed=changed[:CHANGED_MAX],
    )  # fmt: skip


def _topic(one: TopicRow, before: int | None = None, now: int | None = None) -> ChangedTopic:
    earlier, later = (one.state, None) if now is None else (None, one.state)
    return ChangedTopic(id=one.id, name=one.name, before=before, now=now, state_before=earlier, state_now=later)


def _title(gathered: Gathered, request: ReportRequest, say: Phrases) -> str:
    kind = say(request.report_type)
    what = request.category
    if request.topic is not None:
        what = gathered.topics[0].row.name
    elif request.query is not None:
        what = ", ".join(group.name for group in request.query.groups)
    return (say("titled", type=kind, what=what) if what else kind)[:250]
