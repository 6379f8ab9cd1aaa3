"""The parts that answers about series share: times, methods, quality and statements, fit for JSON."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from aistack.trend.series.findings import Method, Quality, Statement
from aistack.trend.series.packed import PackedPoints
from aistack.trend.series.points import Points, points_of
from aistack.trend.series.regular import Series, Step, regular
from aistack.trend.series.statistics import FloatArray
from aistack.trend.series.times import time_of
from aistack.trend.series.wording import Language, length_in_words, worded


def times_of(microseconds: Iterable[int]) -> list[str]:
    return [time_of(one) for one in microseconds]


def number_of(value: float | None) -> float | None:
    """None for what JSON has no number for."""
    return None if value is None or not math.isfinite(value) else float(value)


def numbers_of(values: FloatArray) -> list[float | None]:
    return [number_of(float(one)) for one in values]


def statements_of(statements: Iterable[Statement], language: Language = "en") -> list[dict[str, Any]]:
    """Each statement once, with its words."""
    unique = {(one.code, *sorted(one.parameters.items())): one for one in statements}
    return [
        {"code": one.code, "text": worded(one, language), "parameters": dict(one.parameters)} for one in unique.values()
    ]


def method_of(method: Method, what: str) -> dict[str, str]:
    return {"for": what, "name": method.name, "paper": method.paper}


def quality_of(quality: Quality) -> dict[str, Any]:
    return {
        "points": quality.points, "gaps": quality.gaps, "skill": number_of(quality.skill),
        "coverage_80": number_of(quality.coverage_80), "coverage_95": number_of(quality.coverage_95),
        "residual_p": number_of(quality.residual_p), "verdict": quality.verdict,
    }  # fmt: skip


def grid_of(series: Series, language: Language) -> dict[str, Any]:
    """The regular series that was used: how many steps, from when to when."""
    size = series.values.size
    step = series.step
    return {
        "steps": size,
        "since": time_of(int(series.times(0, 1)[0])) if size else None,
        "until": time_of(int(series.times(size - 1, 1)[0])) if size else None,
        "step": None if step is None else {
            "seconds": step.seconds, "months": step.months, "text": step_in_words(step, language)
        },
    }  # fmt: skip


def step_in_words(step: Step, language: Language, steps: int = 1) -> str:
    """The length of so many steps."""
    if not step.months:
        return length_in_words(step.seconds * steps, language)
    months = step.months * steps
    if months % 12 == 0:
        years = months // 12
        return f"{years} 年" if language == "zh" else f"{years} year{'' if years == 1 else 's'}"
    return f"{months} 个月" if language == "zh" else f"{months} month{'' if months == 1 else 's'}"


def points_given(request: dict[str, Any]) -> Points:
    """The points of a request: packed, or as `given`, pairs of a time and a value."""
    if "given" in request:
        pairs: Sequence[Sequence[Any]] = request["given"]
        return points_of([one[0] for one in pairs], [one[1] for one in pairs])
    packed = PackedPoints.from_wire(request["points"])
    return points_of(np.frombuffer(packed.times, np.int64), np.frombuffer(packed.values, np.float64))


def series_given(request: dict[str, Any]) -> Series:
    """The regular series of a request. `step_seconds`, where it is given, is the step; `notes` join its statements."""
    seconds = request.get("step_seconds")
    step = Step(max(1, round(seconds * 1e6))) if seconds else None
    found = regular(points_given(request), step)
    notes = [Statement(one["code"], one["parameters"]) for one in request.get("notes", ())]
    return Series(found.start, found.step, found.values, found.observed, (*found.statements, *notes))
