"""Statements in words, in English and in Chinese. Uses no numpy."""

from collections.abc import Mapping
from typing import Literal

from aistack.trend.series.findings import Parameter, Statement
from aistack.trend.series.topic_sentences import TOPIC_SENTENCES

Language = Literal["en", "zh"]

WORDS: dict[str, tuple[str, str]] = {
    "points_without_time": (
        "Left out: {count} without a readable time.",
        "{count} 个点的时间无法识别，已略去。",
    ),
    "points_without_value": ("Left out: {count} without a number.", "{count} 个点没有数值，已略去。"),
    "points_out_of_range": (
        "Left out: {count} with values beyond ±1e100.",
        "{count} 个点的数值超出 ±1e100，已略去。",
    ),
    "points_sorted": ("The points were not in order of time; they were sorted.", "各点未按时间排列，已重新排序。"),
    "duplicates_folded": (
        "Points at the time of another: {count}; of each group the {folding} was taken.",
        "{count} 个点与其他点时间相同，每组取{folding}。",
    ),
    "points_merged": (
        "Points in the same step of {step_seconds} s as another: {count}; their mean was taken.",
        "{count} 个点与其他点落在同一步长（{step_seconds} 秒）内，已取平均值。",
    ),
    "far_points_left_out": (
        "Left out: {count} far from all others.",
        "{count} 个点与其余各点相距过远，已略去。",
    ),
    "frequency_changed": (
        "The step changes from {from} s to {to} s; the longer one was used.",
        "步长从 {from} 秒变为 {to} 秒，已采用较长的步长。",
    ),
    "irregular_steps": (
        "The points are irregular: {share:.0%} of the steps are off the grid.",
        "各点间隔不规则：{share:.0%} 的间隔不在网格上。",
    ),
    "gaps_filled": (
        "Steps without a value: {count}, at most {longest} in a row; they were interpolated.",
        "{count} 个时间步没有数值，已用插值补齐，最长连续 {longest} 步。",
    ),
    "analysed_in_blocks": (
        "The series is long: means of {points} points each were analyzed.",
        "序列较长：按每 {points} 个点取平均后分析。",
    ),
    "older_points_not_used": ("Not used: the {count} oldest.", "未使用较早的 {count} 个点。"),
    "no_points": ("There are no points to analyze.", "没有可分析的点。"),
    "too_few_points": (
        "At least {needed} points are needed (here: {count}).",
        "至少需要 {needed} 个点（现有 {count} 个）。",
    ),
    "too_few_for_changes": (
        "At least {needed} points are needed to find change points (here: {count}).",
        "至少需要 {needed} 个点才能检测变点（现有 {count} 个）。",
    ),
    "too_few_for_anomalies": (
        "At least {needed} points are needed to find anomalies (here: {count}).",
        "至少需要 {needed} 个点才能检测异常（现有 {count} 个）。",
    ),
    "constant": ("All values are equal.", "所有数值都相同。"),
    "no_season": ("No season was found.", "未发现周期性。"),
    "no_change": ("No change point was found.", "未发现变点。"),
    "no_anomaly": ("No anomaly was found.", "未发现异常。"),
    "season_found": (
        "The values repeat every {period} steps ({length}); strength {strength:.2f}.",
        "数值每 {period} 步（{length}）重复一次，强度 {strength:.2f}。",
    ),
    "trend_up": ("The trend is upward: {slope:+.4g} a step.", "总体呈上升趋势：每步 {slope:+.4g}。"),
    "trend_down": ("The trend is downward: {slope:+.4g} a step.", "总体呈下降趋势：每步 {slope:+.4g}。"),
    "trend_flat": ("There is no clear trend.", "没有明显趋势。"),
    "level_changed": (
        "The level changed on {time} from {before:.4g} to {after:.4g} (confidence {confidence:.0%}).",
        "{time} 水平从 {before:.4g} 变为 {after:.4g}（置信度 {confidence:.0%}）。",
    ),
    "slope_changed": (
        "The slope changed on {time} from {before:.4g} to {after:.4g} a step (confidence {confidence:.0%}).",
        "{time} 斜率从每步 {before:.4g} 变为 {after:.4g}（置信度 {confidence:.0%}）。",
    ),
    "spike_found": (
        "{time}: {value:.4g}, far above the expected {expected:.4g}.",
        "{time}：{value:.4g}，远高于预期的 {expected:.4g}。",
    ),
    "dip_found": (
        "{time}: {value:.4g}, far below the expected {expected:.4g}.",
        "{time}：{value:.4g}，远低于预期的 {expected:.4g}。",
    ),
    "variance_found": ("From {time} on, the values varied far more than usual.", "自 {time} 起，数值波动远大于平常。"),
    "flatline_found": (
        "From {time} on, the value stood still at {value:.4g}.",
        "自 {time} 起，数值停在 {value:.4g} 不变。",
    ),
    "forecast_good": (
        "In the backtest the forecast was {skill:.0%} more accurate than repeating the past.",
        "回测中，该预测比简单重复过去的数值准确 {skill:.0%}。",
    ),
    "forecast_weak": (
        "In the backtest the forecast was only {skill:.0%} more accurate than repeating the past.",
        "回测中，该预测仅比简单重复过去的数值准确 {skill:.0%}。",
    ),
    "no_better_than_naive": (
        "No better than naive: in the backtest no model clearly beat the {baseline} forecast.",
        "不优于朴素预测：回测中没有模型明显优于“{baseline}”。",
    ),
    "residuals_autocorrelated": (
        "The errors follow a pattern that the model misses (p = {p:.2g}).",
        "误差仍有模型未捕捉的规律（p = {p:.2g}）。",
    ),
    "few_backtest_origins": ("The intervals rest on few trials: {count}.", "区间仅基于 {count} 次回测。"),
    "too_short_to_backtest": (
        "There are too few points ({count}) to test a forecast {horizon} ahead; its accuracy is unknown.",
        "点数太少（{count} 个），无法回测向前 {horizon} 步的预测，准确度未知。",
    ),
    "assumed_shift": (
        "Assumed: {name} changes by {size:+.1%}, and the indicator by {elasticity:g} times that,"
        " from step {start} on, in full after {ramp} more steps.",
        "假设：{name} 变动 {size:+.1%}，指标随之变动其 {elasticity:g} 倍，自第 {start} 步起，再过 {ramp} 步完全生效。",
    ),
    "not_causal": (
        "The scenario is arithmetic on the forecast; no effect was estimated from data.",
        "情景是在预测值上的换算，并未从数据中估计任何因果影响。",
    ),
    "shift_of_negative_values": (
        "Some values are below 0; a shift moves them away from 0.",
        "部分数值小于 0，变动会使其远离 0。",
    ),
    "last_bucket_left_out": (
        "The current {bucket} is not over and was left out.",
        "当前时段（{bucket}）尚未结束，已略去。",
    ),
    "leads": (
        "{first} leads {second} (steps: {steps}, correlation: {correlation:.2f}).",
        "{first} 领先 {second} {steps} 步（相关系数 {correlation:.2f}）。",
    ),
    "together": (
        "{first} and {second} move together (correlation {correlation:.2f}).",
        "{first} 与 {second} 同步变化（相关系数 {correlation:.2f}）。",
    ),
    "largest": ("{name} has the most: {count:g}.", "{name} 最多：{count:g}。"),
    "grew_most": (
        "{name} grew most: {before:.4g} to {after:.4g}.",
        "{name} 增长最多：从 {before:.4g} 到 {after:.4g}。",
    ),
    "on_known_day": ("{time} is a known day: {name}.", "{time} 是已知日期：{name}。"),
    "known_days_by_share": (
        "On known days the values differ by {size:+.0%} from what the seasons say (from {count} past ones);"
        " the forecast has {ahead} of them.",
        "在已知日期，数值比周期性水平相差 {size:+.0%}（依据过去 {count} 天）；预测期内有 {ahead} 天。",
    ),
    "known_days_by_size": (
        "On known days the values differ by {size:+.4g} from what the seasons say (from {count} past ones);"
        " the forecast has {ahead} of them.",
        "在已知日期，数值比周期性水平相差 {size:+.4g}（依据过去 {count} 天）；预测期内有 {ahead} 天。",
    ),
    "known_days_ahead": ("Known days in the forecast: {names}.", "预测期内的已知日期：{names}。"),
    **TOPIC_SENTENCES,
}
FOLDINGS = {"last": "最后一个", "mean": "平均值", "sum": "总和"}
SEASONAL_NAIVE = "seasonal naive "
BASELINES = {"naive": "重复上一个值", "mean": "平均值"}
BUCKETS = {"hour": "小时", "day": "天", "week": "周"}
UNITS = (
    (604_800, "week", "周"),
    (86_400, "day", "天"),
    (3_600, "hour", "小时"),
    (60, "minute", "分钟"),
    (1, "second", "秒"),
)


def worded(statement: Statement, language: Language = "en") -> str:
    """The sentence; the code itself where there are no words for it."""
    forms = WORDS.get(statement.code)
    if forms is None:
        return statement.code
    parameters = dict(statement.parameters)
    if language == "zh":
        parameters = {name: _in_chinese(value) for name, value in parameters.items()}
    return forms[language == "zh"].format_map(_Known(parameters))


def length_in_words(seconds: float, language: Language = "en") -> str:
    """`7 days`, `1 小时`: in the largest unit that fits in whole."""
    for unit, english, chinese in UNITS:
        if seconds >= unit and abs(seconds / unit - round(seconds / unit)) < 0.01:
            count = round(seconds / unit)
            return f"{count} {chinese}" if language == "zh" else f"{count} {english}{'' if count == 1 else 's'}"
    return f"{seconds:.4g} {'秒' if language == 'zh' else 's'}"


def _in_chinese(value: Parameter) -> Parameter:
    if isinstance(value, str) and value.startswith(SEASONAL_NAIVE):
        return f"重复 {value.removeprefix(SEASONAL_NAIVE)} 步之前的数值"
    return next((names[value] for names in (FOLDINGS, BASELINES, BUCKETS) if value in names), value)


class _Known(dict[str, Parameter]):
    """Leaves a placeholder without a value as it is."""

    def __init__(self, values: Mapping[str, Parameter]) -> None:
        super().__init__(values)

    def __missing__(self, name: str) -> str:
        return "?"
