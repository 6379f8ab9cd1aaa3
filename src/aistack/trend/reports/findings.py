"""The statements of a report: what leads, what is new, what fades, and what to be careful about."""

import statistics
from collections import Counter
from collections.abc import Sequence

from aistack.stores.records import AnyRow
from aistack.trend.bursts.growth import SURPRISE_MIN
from aistack.trend.reports.gathering import Gathered
from aistack.trend.reports.phrases import Phrases, chance, stamp
from aistack.trend.reports.wire import EvidenceLink, Finding, ReportRequest
from aistack.trend.topics.ranking import RankedTopic

LEADING = 3
FADING = 2
EVIDENCE_MAX = 3
DOCUMENTS_MIN = 2  # of a topic that leads
CONCENTRATED = 0.5
SAME_VOLUME = 0.1
FEW_DOCUMENTS = 30
KNOWN_DAYS_MAX = 8


def findings_of(gathered: Gathered, request: ReportRequest, say: Phrases) -> list[Finding]:
    """The most important first."""
    if not gathered.documents:
        return [Finding(kind="nothing", text=say("nothing"))]
    found = [_leading(gathered, one, say) for one in _growing(gathered)[:LEADING]]
    if not found and request.topic is None:
        found.append(Finding(kind="no_growth", text=say("no_growth")))
    if request.topic is not None and not found:
        found.append(_leading(gathered, gathered.topics[0], say))
    found.append(_volume(gathered, say))
    found += _known_days(gathered, say)
    found += _spread(gathered, say)
    found += [_fading(gathered, one, say) for one in _waning(gathered)[:FADING]]
    found += _cautions(gathered, say)
    return found


def links(rows: Sequence[AnyRow], most: int = EVIDENCE_MAX) -> list[EvidenceLink]:
    """The first document, and the newest of other sources."""
    if not rows:
        return []
    chosen = [rows[0]]
    for row in reversed(rows):
        if row.source_name not in {one.source_name for one in chosen}:
            chosen.append(row)
    for row in reversed(rows):
        if row not in chosen:
            chosen.append(row)
    return [link(row) for row in chosen[:most]]


def link(row: AnyRow) -> EvidenceLink:
    return EvidenceLink(id=row.public_id, title=row.title, source=row.source_name, url=row.url, at=row.at)


def method_of(request: ReportRequest, say: Phrases) -> list[str]:
    names = ["m_topics", "m_growth", "m_copies", *(["m_query"] if request.query is not None else [])]
    return [say(name) for name in names]


def limits_of(gathered: Gathered, request: ReportRequest, say: Phrases) -> list[str]:
    originals = gathered.originals
    limits = [say("l_sources", sources=len({one.source_name for one in gathered.documents}))]
    if gathered.is_young:
        limits.append(say("l_short", since=stamp(gathered.window.past)))
    if len(originals) < FEW_DOCUMENTS:
        limits.append(say("l_few", count=len(originals)))
    guessed = sum(one.is_date_guess for one in originals)
    if guessed:
        limits.append(say("l_dates", count=guessed))
    limits.append(say("l_causes"))
    if request.report_type == "investment":
        limits.append(say("l_advice"))
    return limits


def _growing(gathered: Gathered) -> list[RankedTopic]:
    return [
        one for one in gathered.topics
        if one.growth.surprise >= SURPRISE_MIN and one.growth.count >= DOCUMENTS_MIN and one.growth.state != "fading"
    ]  # fmt: skip


def _waning(gathered: Gathered) -> list[RankedTopic]:
    waning = [
        one for one in gathered.topics
        if one.growth.state == "fading" and DOCUMENTS_MIN <= one.growth.count < one.growth.expected
    ]  # fmt: skip
    return sorted(waning, key=lambda one: (-one.growth.count, one.row.id))


def _leading(gathered: Gathered, one: RankedTopic, say: Phrases) -> Finding:
    growth, rows = one.growth, gathered.of_topic(one.row.id)
    values = {"name": one.row.name, "count": growth.count, "sources": say.sources(one.sources)}
    if growth.state == "emerging":
        text = say("leads_new", **values, first=stamp(one.row.first_at))
    else:
        text = say(
            "leads", **values, state=say.state(growth.state), expected=f"{growth.expected:.1f}",
            chance=chance(growth.surprise),
        )  # fmt: skip
    return Finding(kind="leads", text=text, topic=one.row.id, evidence=links(rows))


def _fading(gathered: Gathered, one: RankedTopic, say: Phrases) -> Finding:
    growth = one.growth
    text = say("fading", name=one.row.name, count=growth.count, expected=f"{growth.expected:.1f}")
    return Finding(kind="fading", text=text, topic=one.row.id, evidence=links(gathered.of_topic(one.row.id)))


def _volume(gathered: Gathered, say: Phrases) -> Finding:
    count, before = len(gathered.originals), gathered.before
    if not before or gathered.is_young:
        return Finding(kind="volume", text=say("no_past", count=count))
    change = count / before - 1
    name = "as_before" if abs(change) < SAME_VOLUME else ("busier" if change > 0 else "quieter")
    values = {"count": count, "before": f"{before:.0f}"}
    if name != "as_before":
        values["percent"] = f"{abs(change) * 100:.0f}"
    return Finding(kind="volume", text=say(name, **values))


def _known_days(gathered: Gathered, say: Phrases) -> list[Finding]:
    """The holidays and events in the window, each with its days."""
    days: dict[str, list[str]] = {}
    for day, name in gathered.known_days:
        days.setdefault(name, []).append(day)
    if not days:
        return []
    named = [
        say("known_day", name=name, days=own[0] if len(own) == 1 else say("period", first=own[0], last=own[-1]))
        for name, own in days.items()
    ]
    joined = ("、" if say.language == "zh" else ", ").join(named[:KNOWN_DAYS_MAX])
    return [Finding(kind="known_days", text=say("known_days", names=joined))]


def _spread(gathered: Gathered, say: Phrases) -> list[Finding]:
    """Who had the leading topic first, and how fast others followed."""
    growing = _growing(gathered) or list(gathered.topics[:1])
    rows = gathered.of_topic(growing[0].row.id) if growing else []
    first: dict[str, AnyRow] = {}
    for row in rows:
        first.setdefault(row.source_name, row)
    if len(first) < 3:
        return []
    began, *others = first.values()
    seconds = statistics.median((one.at - began.at).total_seconds() for one in others)
    text = say(
        "spread", name=growing[0].row.name, source=began.source_name, first=stamp(began.at), followers=len(others),
        hours=say.duration(seconds),
    )  # fmt: skip
    evidence = [link(one) for one in (began, *others)][:EVIDENCE_MAX]
    return [Finding(kind="spread", text=text, topic=growing[0].row.id, evidence=evidence)]


def _cautions(gathered: Gathered, say: Phrases) -> list[Finding]:
    found: list[Finding] = []
    alone = [one for one in _growing(gathered)[:10] if one.sources == 1]
    if alone:
        quoted = "、".join if say.language == "zh" else ", ".join
        names = quoted(f"“{one.row.name}”" for one in alone[:LEADING])
        evidence = [link(gathered.of_topic(one.row.id)[-1]) for one in alone[:LEADING] if gathered.of_topic(one.row.id)]
        found.append(Finding(kind="single", text=say("single", names=names), evidence=evidence))
    sources = Counter(one.source_name for one in gathered.originals)
    if len(sources) > 2:
        source, count = sources.most_common(1)[0]
        share = count / sum(sources.values())
        if share > CONCENTRATED:
            text = say("concentrated", source=source, percent=f"{share * 100:.0f}")
            rows = [one for one in gathered.originals if one.source_name == source]
            found.append(Finding(kind="concentrated", text=text, evidence=links(rows[-EVIDENCE_MAX:])))
    return found
