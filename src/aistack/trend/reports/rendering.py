"""Reports as HTML that stands alone, and as Markdown."""

import html
import re
from collections.abc import Sequence

from aistack.trend.reports.phrases import Phrases, chance, stamp
from aistack.trend.reports.svg import Bar, bar_chart, column_chart
from aistack.trend.reports.wire import ChangedTopic, Content, EvidenceLink, Section

MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
STYLE = """
body{font:16px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;
color:#1f2933;max-width:760px;margin:2.5rem auto;padding:0 1.25rem}h1{font-size:1.75rem;line-height:1.25;margin:0}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem}p.meta,small{color:#616e7c}p.meta{margin:.3rem 0 1.6rem}
ol.findings>li{margin:.7rem 0}ol.findings ul{margin:.15rem 0 0;padding-left:1.1rem;font-size:.88rem;color:#616e7c}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;padding:.35rem .6rem .35rem 0;
border-bottom:1px solid #e4e7eb;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
a{color:#0b57d0;text-decoration:none}a:hover{text-decoration:underline}figure{margin:1rem 0}
svg{max-width:100%;height:auto}.summary{font-size:1.08rem}@media print{body{margin:0;max-width:none}}
"""
Row = Sequence[tuple[str, str] | str | float]


def charts_of(content: Content) -> dict[str, str]:
    """The charts of a report by name, as SVG."""
    say = Phrases(content.language)
    unit = say("u_bucket", bucket=say.bucket(content.bucket_seconds))
    topics = [Bar(one.name, one.count, one.expected) for one in content.topics]
    sources = [Bar(one.source, one.documents) for one in content.sources]
    return {
        "volume": column_chart(say("c_volume"), unit, content.since, content.bucket_seconds, content.volume),
        "growth": bar_chart(say("c_growth"), say("u_count"), say("expected"), topics),
        "sources": bar_chart(say("c_sources"), say("u_count"), "", sources),
    }


class Html:
    """Writes a report. `topic_url` makes the address of a topic, `{}` standing for its id."""

    def __init__(self, content: Content, topic_url: str) -> None:
        self._content = content
        self._say = Phrases(content.language)
        self._topic_url = topic_url
        self._charts = charts_of(content)

    def write(self) -> str:
        content, say = self._content, self._say
        period = say("window", since=stamp(content.since), until=stamp(content.until))
        parts = [
            f"<h1>{_escaped(content.title)}</h1>",
            f'<p class="meta">{_escaped(period)} · {_escaped(content.summary_by)}</p>',
            f'<p class="summary">{_escaped(content.summary)}</p>' if content.summary else "",
            _heading(say("h_findings")), '<ol class="findings">',
            *(f"<li>{_escaped(one.text)}{self._evidence(one.evidence)}</li>" for one in content.findings), "</ol>",
            *(self._section(section) for section in content.sections),
            _heading(say("h_method")), _list(content.method), _heading(say("h_limits")), _list(content.limits),
        ]  # fmt: skip
        language = "zh-CN" if content.language == "zh" else "en"
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{_escaped(content.title)}</title>'
            f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>"
        )

    def _section(self, section: Section) -> str:
        content, say = self._content, self._say
        rows: list[Row]
        if section == "changes":
            return self._changes()
        if section in ("volume", "growth", "sources") and content.documents:
            figure = f"{_heading(say(f'h_{section}'))}<figure>{self._charts[section]}</figure>"
            if section != "sources":
                return figure
            rows = [(one.source, one.documents, one.first) for one in content.sources]
            return figure + _table((say("t_source"), say("t_count"), say("t_firsts")), rows)
        if section == "topics" and content.topics:
            rows = [
                ((one.name, self._topic_url.format(one.id)), say.state(one.state), one.count, f"{one.expected:.1f}",
                 chance(one.surprise), one.sources, stamp(one.first_at))
                for one in content.topics
            ]  # fmt: skip
            names = ("topic", "state", "count", "expected", "chance", "sources", "first")
            return _heading(say("h_topics")) + _table([say(f"t_{name}") for name in names], rows)
        if section == "documents" and content.newest:
            rows = [(stamp(one.at), one.source, (one.title, _safe(one.url))) for one in content.newest]
            return _heading(say("h_documents")) + _table((say("t_at"), say("t_source"), say("t_title")), rows)
        return ""

    def _changes(self) -> str:
        changes, say = self._content.changes, self._say
        if changes is None:
            return ""
        since = say("since_last", at=stamp(changes.created_at), before=changes.documents_before, now=changes.documents)
        lists = ""
        for name in ("appeared", "disappeared", "changed"):
            found: list[ChangedTopic] = getattr(changes, name)
            if found:
                lists += f"<p><b>{_escaped(say(name))}</b></p>{_list([changed_text(one, say) for one in found])}"
        return f"{_heading(say('h_changes'))}<p>{_escaped(since)}</p>{lists}"

    def _evidence(self, evidence: Sequence[EvidenceLink]) -> str:
        if not evidence:
            return ""
        items = (
            f"<li>{_linked(one.title, _safe(one.url))} — {_escaped(one.source)}, {stamp(one.at)}</li>"
            for one in evidence
        )
        return f"<ul>{''.join(items)}</ul>"


def markdown_of(content: Content, topic_url: str) -> str:
    """The report as Markdown (CommonMark with tables), without charts."""
    say = Phrases(content.language)
    lines = [f"# {_md(content.title)}", "", say("window", since=stamp(content.since), until=stamp(content.until))
             + f" · {content.summary_by}", ""]  # fmt: skip
    if content.summary:
        lines += [_md(content.summary), ""]
    lines += [f"## {say('h_findings')}", ""]
    for number, finding in enumerate(content.findings, 1):
        lines.append(f"{number}. {_md(finding.text)}")
        lines += [f"   - {_md_link(one.title, _safe(one.url))} — {_md(one.source)}, {stamp(one.at)}"
                  for one in finding.evidence]  # fmt: skip
    lines.append("")
    for section in content.sections:
        lines += _markdown_section(content, section, say, topic_url)
    lines += [f"## {say('h_method')}", "", *(f"- {_md(one)}" for one in content.method), ""]
    lines += [f"## {say('h_limits')}", "", *(f"- {_md(one)}" for one in content.limits), ""]
    return "\n".join(lines)


def changed_text(one: ChangedTopic, say: Phrases) -> str:
    """A topic with its numbers and states then and now."""
    counts = " → ".join(str(count) for count in (one.before, one.now) if count is not None)
    states = [say.state(state) for state in (one.state_before, one.state_now) if state is not None]
    text = f"{one.name}: {counts}, {' → '.join(dict.fromkeys(states))}"
    if one.moved:
        text += ", " + say("moved_up" if one.moved > 0 else "moved_down", count=abs(one.moved))
    return text


def _markdown_section(content: Content, section: Section, say: Phrases, topic_url: str) -> list[str]:
    if section == "changes" and content.changes is not None:
        changes = content.changes
        lines = [say("since_last", at=stamp(changes.created_at), before=changes.documents_before,
                     now=changes.documents), ""]  # fmt: skip
        for name in ("appeared", "disappeared", "changed"):
            lines += [f"- {say(name)}: {_md(changed_text(one, say))}" for one in getattr(changes, name)]
        return [f"## {say('h_changes')}", "", *lines, ""]
    if section == "topics" and content.topics:
        names = ("topic", "state", "count", "expected", "chance", "sources", "first")
        rows = [
            (_md_link(one.name, topic_url.format(one.id)), say.state(one.state), one.count, f"{one.expected:.1f}",
             _md(chance(one.surprise)), one.sources, stamp(one.first_at))
            for one in content.topics
        ]  # fmt: skip
        return [f"## {say('h_topics')}", "", *_md_table([say(f"t_{name}") for name in names], rows), ""]
    if section == "sources" and content.sources:
        rows = [(_md(one.source), one.documents, one.first) for one in content.sources]
        names = [say("t_source"), say("t_count"), say("t_firsts")]
        return [f"## {say('h_sources')}", "", *_md_table(names, rows), ""]
    if section == "documents" and content.newest:
        rows = [(stamp(one.at), _md(one.source), _md_link(one.title, _safe(one.url))) for one in content.newest]
        names = [say("t_at"), say("t_source"), say("t_title")]
        return [f"## {say('h_documents')}", "", *_md_table(names, rows), ""]
    return []


def _md_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [names, ["---"] * len(names), *rows]
    return [f"| {' | '.join(str(cell) for cell in row)} |" for row in lines]


def _md(text: str) -> str:
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _md_link(text: str, url: str) -> str:
    address = url.replace("(", "%28").replace(")", "%29").replace(" ", "%20").replace("|", "%7C")
    return f"[{_md(text)}]({address})" if url else _md(text)


def _table(names: Sequence[str], rows: Sequence[Row]) -> str:
    numeric = [bool(rows) and all(isinstance(row[at], int | float) for row in rows) for at in range(len(names))]
    classes = [' class="n"' if one else "" for one in numeric]
    head = "".join(f"<th{mark}>{_escaped(name)}</th>" for mark, name in zip(classes, names, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td{mark}>{_cell(cell)}</td>' for mark, cell in zip(classes, row, strict=True))}</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: tuple[str, str] | str | float) -> str:
    if isinstance(cell, tuple):
        return _linked(*cell)
    return _escaped(cell) if isinstance(cell, str) else f"{cell:,}"


def _linked(text: str, url: str) -> str:
    return f'<a href="{html.escape(url)}">{_escaped(text)}</a>' if url else _escaped(text)


def _safe(url: str) -> str:
    return url if url.startswith(("http://", "https://")) else ""


def _heading(text: str) -> str:
    return f"<h2>{_escaped(text)}</h2>"


def _list(items: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_escaped(one)}</li>' for one in items)}</ul>"


def _escaped(text: str) -> str:
    return html.escape("".join(one for one in text if one >= " " and not 0xD800 <= ord(one) <= 0xDFFF))
