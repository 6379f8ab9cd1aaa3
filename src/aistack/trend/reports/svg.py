"""Charts as SVG that can be read alone: title, units, dates, values, and a description for screen readers."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 46, 40
INK, PALE, GRID, MAIN, SECOND = "#1f2933", "#616e7c", "#e4e7eb", "#1f6feb", "#b8c4d0"
FONT = "font-family=\"system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC', 'PingFang SC', sans-serif\""
ROW = 26
LABEL_UNITS_MAX = 34.0  # of a label, in widths of a Latin letter


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: float
    expected: float | None = None


def column_chart(title: str, unit: str, since: datetime, bucket_seconds: int, values: Sequence[int]) -> str:
    """Columns over time. The last one may be incomplete, and is drawn paler."""
    values = list(values) or [0]
    ticks = nice_ticks(max(values))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = wide / len(values)
    shapes = [_text(LEFT, 20, title, size=15, weight=600), _text(LEFT, 38, unit, color=PALE)]
    for tick in ticks:
        y = TOP + high - high * tick / ticks[-1]
        shapes.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
        shapes.append(_text(LEFT - 8, y + 4, f"{tick:,}", anchor="end", color=PALE))
    for number, value in enumerate(values):
        tall = high * value / ticks[-1]
        at = since + timedelta(seconds=bucket_seconds * number)
        color = SECOND if number == len(values) - 1 and len(values) > 1 else MAIN
        shapes.append(
            f'<rect x="{LEFT + step * number + step * 0.1:.1f}" y="{TOP + high - tall:.1f}" width="{step * 0.8:.1f}" '
            f'height="{tall:.1f}" fill="{color}"><title>{_stamp(at, bucket_seconds)}: {value}</title></rect>'
        )
    shapes += _dates(since, bucket_seconds, len(values), step, TOP + high + 16)
    described = f"{title}. {unit}. {sum(values)}; max {max(values)}."
    return _svg(HEIGHT, title, described, shapes)


def bar_chart(title: str, unit: str, expected: str, bars: Sequence[Bar]) -> str:
    """Horizontal bars with their values, and a mark at what was expected where that is known."""
    high = TOP + ROW * max(1, len(bars)) + 14
    left, right = 270, 64
    most = max([1.0, *(max(bar.value, bar.expected or 0) for bar in bars)])
    shapes = [_text(16, 20, title, size=15, weight=600)]
    note = unit
    if any(bar.expected is not None for bar in bars):
        note += f" · │ {expected}"
    shapes.append(_text(16, 38, note, color=PALE))
    for number, bar in enumerate(bars):
        y = TOP + ROW * number + 4
        wide = (WIDTH - left - right) * bar.value / most
        shapes.append(_text(left - 10, y + 14, shortened(bar.label), anchor="end", title=bar.label))
        shapes.append(f'<rect x="{left}" y="{y}" width="{wide:.1f}" height="{ROW - 9}" fill="{MAIN}" rx="1"/>')
        if bar.expected is not None:
            x = left + (WIDTH - left - right) * bar.expected / most
            shapes.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 2}" y2="{y + ROW - 7}" stroke="{INK}"'
                          ' stroke-width="2"/>')  # fmt: skip
        end = max(wide, (WIDTH - left - right) * (bar.expected or 0) / most)
        shapes.append(_text(left + end + 7, y + 14, f"{bar.value:,.0f}"))
    described = f"{title}. {unit}. " + "; ".join(f"{bar.label}: {bar.value:g}" for bar in bars)
    return _svg(high, title, described, shapes)


def nice_ticks(most: float) -> list[int]:
    """Whole numbers from 0 to at least `most`, at steps of 1, 2 or 5 times a power of ten, at most six."""
    raw = max(1.0, most / 4)
    power = 10 ** math.floor(math.log10(raw))
    step = int(next(one * power for one in (1, 2, 5, 10) if one * power >= raw))
    return list(range(0, (math.ceil(max(most, 1) / step) + 1) * step, step))


def shortened(label: str) -> str:
    """As much of a label as fits, with its end marked. Wide characters count twice."""
    used = 0.0
    for at, one in enumerate(label):
        used += 1.9 if ord(one) > 0x2E80 else 1.0
        if used > LABEL_UNITS_MAX:
            return label[: max(1, at - 1)].rstrip() + "…"
    return label


def _dates(since: datetime, bucket_seconds: int, count: int, step: float, y: float) -> list[str]:
    """At most six labels, at even distances; dates with the time where buckets are short."""
    every = max(1, math.ceil(count / 6))
    shapes: list[str] = []
    for number in range(0, count, every):
        at = (since + timedelta(seconds=bucket_seconds * number)).astimezone(UTC)
        x = LEFT + step * (number + 0.5)
        text = at.strftime("%Y-%m-%d") if bucket_seconds >= 86_400 else at.strftime("%m-%d %H:%M")
        shapes.append(_text(x, y, text, anchor="middle" if number else "start", color=PALE))
    shapes.append(_text(WIDTH - RIGHT, y + 17, f"{since.astimezone(UTC):%Y} UTC", anchor="end", color=PALE))
    return shapes


def _stamp(at: datetime, bucket_seconds: int) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d" if bucket_seconds >= 86_400 else "%Y-%m-%d %H:%M UTC")


def _text(
    x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", color: str = INK, weight: int = 400,
    title: str = "",
) -> str:  # fmt: skip
    tip = f"<title>{_escaped(title)}</title>" if title and title != text else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}" '
        f'font-weight="{weight}">{_escaped(text)}{tip}</text>'
    )


def _svg(height: float, title: str, described: str, shapes: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img" {FONT}><title>{_escaped(title)}</title><desc>{_escaped(described)}</desc>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(shapes)}</svg>'
    )


def _escaped(text: str) -> str:
    return html.escape("".join(one for one in text if one >= " " and not 0xD800 <= ord(one) <= 0xDFFF))
