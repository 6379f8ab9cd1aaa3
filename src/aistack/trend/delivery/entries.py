"""What is told of stories, in English and Chinese."""

from datetime import datetime
from zoneinfo import ZoneInfo

from aistack.trend.delivery.messages import Entry
from aistack.trend.delivery.wire import Options
from aistack.trend.topics.ranking import RankedTopic
from aistack.trend.watches.stories import Story

EVIDENCE_MAX = 3
STATES = {
    "en": {
        "emerging": "new", "rising": "rising", "peaking": "at its peak", "fading": "fading", "steady": "steady"
    },
    "zh": {"emerging": "新出现", "rising": "上升", "peaking": "到达高点", "fading": "回落", "steady": "平稳"},
}  # fmt: skip
WORDS = {
    "en": {
        "digest": "{watch}: {count} stories", "one": "{watch}: {title}", "update": "Update: {state}",
        "facts": "{state} · {documents} documents · {sources} sources in 24 h · since {since}",
        "only": "{state} · {documents} documents in 24 h, from one source only · since {since}",
        "evidence": "{source}: {title}", "test": "Test message from AI Stack", "works": "This channel works.",
        "alarm": "Alarm: {rule}", "topic_level": "“{name}” reached {value} (level: {level})",
        "series_alarm": "{name} is at {value}, where about {level} was expected",
        "series_change": "{name} changed from about {level} to {value}",
        "source_silent": "{name} has been silent for {value} h (level: {level} h)",
    },
    "zh": {
        "digest": "{watch}：{count} 条动态", "one": "{watch}：{title}", "update": "进展：{state}",
        "facts": "{state} · 24 小时内 {documents} 篇 · {sources} 个来源 · 始于 {since}",
        "only": "{state} · 24 小时内 {documents} 篇，仅一个来源 · 始于 {since}",
        "evidence": "{source}：{title}", "test": "AI Stack 测试消息", "works": "该渠道可用。",
        "alarm": "告警：{rule}", "topic_level": "“{name}”达到 {value}（阈值 {level}）",
        "series_alarm": "{name} 为 {value}，预期约 {level}",
        "series_change": "{name} 从约 {level} 变为 {value}",
        "source_silent": "{name} 已 {value} 小时没有新内容（阈值 {level} 小时）",
    },
}  # fmt: skip


def words(options: Options, name: str, /, **values: object) -> str:
    return WORDS[options.language][name].format(**values)


def story_entry(story: Story, options: Options) -> Entry:
    newest = story.documents[-1]
    row = story.ranked.row
    details: list[str] = []
    if options.detail == "summary":
        details.append(_facts(story.ranked, options))
        others = [one for one in story.documents if one.title != row.name]
        details += [
            words(options, "evidence", source=one.source_name, title=one.title) for one in others[:EVIDENCE_MAX]
        ]
    title = f"[{story.group}] {row.name}" if story.group else row.name
    data = {"topic": row.id, "name": row.name, "group": story.group, "is_update": False, **_data(story.ranked)}
    data["documents"] = [one.public_id for one in story.documents[-20:]]
    return Entry(title, newest.url, tuple(details), data)


def update_entry(ranked: RankedTopic, options: Options) -> Entry:
    """That the state of a story changed."""
    row, state = ranked.row, STATES[options.language][ranked.growth.state]
    details = (words(options, "update", state=state), _facts(ranked, options))
    kept = details if options.detail == "summary" else details[:1]
    return Entry(row.name, "", kept, {"topic": row.id, "name": row.name, "is_update": True, **_data(ranked)})


def _facts(ranked: RankedTopic, options: Options) -> str:
    growth = ranked.growth
    return words(
        options, "only" if ranked.sources == 1 else "facts", state=STATES[options.language][growth.state],
        documents=growth.count, sources=ranked.sources, since=_local(ranked.row.first_at, options),
    )  # fmt: skip


def _local(at: datetime, options: Options) -> str:
    return at.astimezone(ZoneInfo(options.zone)).strftime("%Y-%m-%d %H:%M %Z")


def _data(ranked: RankedTopic) -> dict[str, object]:
    growth = ranked.growth
    return {
        "state": growth.state, "count": growth.count, "expected": growth.expected, "surprise": growth.surprise,
        "sources": ranked.sources, "first_at": ranked.row.first_at.isoformat(),
        "last_at": ranked.row.last_at.isoformat(),
    }  # fmt: skip
