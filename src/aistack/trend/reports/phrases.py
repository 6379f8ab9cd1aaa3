"""The words of reports, in English and Chinese."""

from datetime import UTC, datetime

STATES = {
    "en": {"emerging": "new", "rising": "rising", "peaking": "at its peak", "fading": "fading", "steady": "steady"},
    "zh": {"emerging": "新出现", "rising": "上升", "peaking": "到达高点", "fading": "回落", "steady": "平稳"},
}
PHRASES = {
    "en": {
        "industry": "Industry report", "topic": "Topic report", "investment": "Signals for investors",
        "custom": "Trend report", "titled": "{type}: {what}",
        "leads": "“{name}” is {state}: {count} documents from {sources}, where {expected} were to be expected "
                 "from its past (probability by chance {chance}).",
        "leads_new": "“{name}” is new: {count} documents from {sources}, first seen {first}.",
        "one_source": "one source", "sources": "{count} sources",
        "busier": "Volume is up {percent} %: {count} documents, against {before} in an average window before.",
        "quieter": "Volume is down {percent} %: {count} documents, against {before} in an average window before.",
        "as_before": "Volume is about as before: {count} documents, against {before} in an average window before.",
        "known_days": "Holidays and events in the window: {names}. Numbers on such days are not like on others.",
        "period": "{first} to {last}", "known_day": "{name} ({days})",
        "no_past": "{count} documents arrived. There is no earlier window to compare with.",
        "new_topics": "{count} of the {all} topics are new.",
        "fading": "“{name}” is fading: {count} documents, where {expected} were to be expected.",
        "single": "Only one source has {names}. Wait for a second one before you rely on it.",
        "concentrated": "{source} alone has {percent} % of the documents, so it shapes what looks large here.",
        "spread": "“{name}” began at {source} on {first}; {followers} followed, half of them within {hours}.",
        "nothing": "No documents match in this window.", "no_growth": "No topic grows beyond what chance explains.",
        "hours": "{count} h", "minutes": "{count} min",
        "h_findings": "Key findings", "h_changes": "Since the last report", "h_volume": "Volume",
        "h_growth": "What grows", "h_topics": "Topics", "h_sources": "Sources", "h_documents": "Newest documents",
        "h_method": "Method", "h_limits": "Limits", "h_evidence": "Evidence", "h_summary": "Summary",
        "c_volume": "Documents over time", "c_growth": "Documents of each topic in the window",
        "c_sources": "Documents of each source in the window",
        "u_bucket": "documents per {bucket}, copies left out; the last column is not complete",
        "u_count": "documents", "expected": "expected from the past",
        "hour": "hour", "day": "day", "minutes_each": "{count} minutes", "hours_each": "{count} hours",
        "t_topic": "Topic", "t_state": "State", "t_count": "Documents", "t_expected": "Expected",
        "t_chance": "By chance", "t_sources": "Sources", "t_first": "First seen", "t_source": "Source",
        "t_firsts": "First with a topic", "t_before": "Before", "t_now": "Now", "t_title": "Title", "t_at": "Date",
        "window": "{since} to {until} UTC", "by_template": "written by template",
        "by_model": "summary written by the language model {model}; its numbers were checked against the findings",
        "since_last": "Compared with the report of {at}: {before} documents then, {now} now.",
        "appeared": "Appeared", "disappeared": "No longer there", "changed": "Changed", "first_report": "",
        "moved_up": "up {count}", "moved_down": "down {count}", "none": "none",
        "m_topics": "Topics: single-pass clustering of documents by words, names and time (Miranda et al. 2018, arXiv "
                    "1809.00540), settled in canonical order, so that the order of arrival does not matter.",
        "m_growth": "Growth: negative binomial tail probability of the count in the window, given the topic's share of "
                    "the four windows before and the total volume. A busy day makes nothing grow.",
        "m_copies": "Near-duplicates are folded with MinHash (Broder 1997): they count as spread, not as volume.",
        "m_query": "Only documents that match the stated query are in this report.",
        "l_sources": "The report sees {sources} sources. What they do not cover is not here.",
        "l_short": "The collection is younger than the past that the window is compared with ({since}); expected "
                   "numbers are low, and much looks new.",
        "l_few": "With {count} documents, most differences are within chance.",
        "l_dates": "{count} documents have an estimated date.",
        "l_advice": "This is no investment advice: attention in documents is not value, and often lags behind prices.",
        "l_causes": "The report states when things grew, not why.",
    },
    "zh": {
        "industry": "行业报告", "topic": "专题报告", "investment": "投资信号", "custom": "趋势报告",
        "titled": "{type}：{what}",
        "leads": "“{name}”{state}：{count} 篇，来自{sources}；按以往水平预期 {expected} 篇（偶然概率 {chance}）。",
        "leads_new": "“{name}”为新话题：{count} 篇，来自{sources}，首次出现于 {first}。",
        "one_source": "一个来源", "sources": " {count} 个来源",
        "busier": "总量上升 {percent}%：{count} 篇，此前平均每个窗口 {before} 篇。",
        "quieter": "总量下降 {percent}%：{count} 篇，此前平均每个窗口 {before} 篇。",
        "as_before": "总量与此前相当：{count} 篇，此前平均每个窗口 {before} 篇。",
        "known_days": "窗口内的节假日与事件：{names}。这些日子的数量与平日不可直接比较。",
        "period": "{first} 至 {last}", "known_day": "{name}（{days}）",
        "no_past": "共 {count} 篇。没有更早的窗口可供比较。",
        "new_topics": "{all} 个话题中有 {count} 个是新的。",
        "fading": "“{name}”正在回落：{count} 篇，预期为 {expected} 篇。",
        "single": "以下话题仅有一个来源：{names}。采信前请等待第二个来源。",
        "concentrated": "{source} 一家占全部文档的 {percent}%，对排名影响很大。",
        "spread": "“{name}”由 {source} 于 {first} 最早报道；随后 {followers} 个来源跟进，一半在 {hours}内。",
        "nothing": "该窗口内没有符合条件的文档。", "no_growth": "没有话题的增长超出偶然波动。",
        "hours": "{count} 小时", "minutes": "{count} 分钟",
        "h_findings": "主要发现", "h_changes": "与上一份报告相比", "h_volume": "总量", "h_growth": "增长",
        "h_topics": "话题", "h_sources": "来源", "h_documents": "最新文档", "h_method": "方法", "h_limits": "局限",
        "h_evidence": "依据", "h_summary": "摘要",
        "c_volume": "文档数量随时间的变化", "c_growth": "窗口内各话题的文档数", "c_sources": "窗口内各来源的文档数",
        "u_bucket": "每{bucket}的文档数，不含重复；最后一列尚不完整",
        "u_count": "文档数", "expected": "按以往水平的预期",
        "hour": "小时", "day": "天", "minutes_each": " {count} 分钟", "hours_each": " {count} 小时",
        "t_topic": "话题", "t_state": "状态", "t_count": "文档数", "t_expected": "预期", "t_chance": "偶然概率",
        "t_sources": "来源数", "t_first": "首次出现", "t_source": "来源", "t_firsts": "首发话题数", "t_before": "此前",
        "t_now": "现在", "t_title": "标题", "t_at": "日期",
        "window": "{since} 至 {until}（UTC）", "by_template": "由模板撰写",
        "by_model": "摘要由语言模型 {model} 撰写，其中的数字已与主要发现核对",
        "since_last": "与 {at} 的报告相比：当时 {before} 篇，现在 {now} 篇。",
        "appeared": "新增", "disappeared": "不再出现", "changed": "有变化", "first_report": "",
        "moved_up": "上升 {count} 位", "moved_down": "下降 {count} 位", "none": "无",
        "m_topics": "话题：按词语、名称和时间对文档做单遍聚类（Miranda 等 2018，arXiv 1809.00540），再按规范顺序整理，"
                    "结果与到达顺序无关。",
        "m_growth": "增长：在给定话题此前四个窗口的份额和总量的条件下，窗口内数量的负二项尾概率。"
                    "总量大的日子不会让所有话题都显得增长。",
        "m_copies": "近似重复的文档用 MinHash（Broder 1997）合并：计入传播范围，不计入数量。",
        "m_query": "本报告只包含符合所述条件的文档。",
        "l_sources": "本报告只看到 {sources} 个来源，未覆盖的内容不在其中。",
        "l_short": "集合的历史短于用来比较的时段（自 {since} 起），预期值偏低，许多话题会显得是新的。",
        "l_few": "只有 {count} 篇文档，多数差异在偶然范围内。",
        "l_dates": "{count} 篇文档的日期是估计的。",
        "l_advice": "本报告不构成投资建议：文档中的关注度不等于价值，而且常常滞后于价格。",
        "l_causes": "报告说明何时增长，不说明原因。",
    },
}  # fmt: skip


class Phrases:
    """The phrases of a language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._phrases = PHRASES[language]

    def __call__(self, name: str, /, **values: object) -> str:
        return self._phrases[name].format(**values)

    def state(self, state: str) -> str:
        return STATES[self.language][state]

    def sources(self, count: int) -> str:
        return self("one_source") if count == 1 else self("sources", count=count)

    def bucket(self, seconds: int) -> str:
        if seconds in (3_600, 86_400):
            return self("hour" if seconds == 3_600 else "day")
        if seconds % 3_600:
            return self("minutes_each", count=round(seconds / 60))
        return self("hours_each", count=seconds // 3_600)

    def duration(self, seconds: float) -> str:
        if seconds < 3_600:
            return self("minutes", count=max(1, round(seconds / 60)))
        return self("hours", count=round(seconds / 3_600))


def chance(surprise: float) -> str:
    """The probability that a surprise stands for."""
    if surprise > 6:
        return "< 0.000001"
    return f"{10**-surprise:.2g}" if surprise >= 2 else f"{10**-surprise:.2f}"


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
