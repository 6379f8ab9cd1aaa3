"""Scores the points of a live series, from the state that the last point left."""

import json
from typing import Any

import numpy as np

from aistack.trend.anomalies.detector import METHOD, OnlineDetector
from aistack.trend.series.packed import PackedPoints
from aistack.trend.series.regular import inferred_step
from aistack.trend.series_tasks.answer_form import method_of, number_of

POINTS_MIN = 12  # before a series shows its step


def scored(request: dict[str, Any]) -> dict[str, Any]:
    """`points` are in order of time and later than `last_at`; those before `first_new` are history, not reported.

    `state` is what the last call returned, empty for a new detector. Without enough points to know the step, the
    points are learned from later: no state is returned.
    """
    points = PackedPoints.from_wire(request["points"])
    last_at: int | None = request["last_at"]
    if request["state"]:
        detector = OnlineDetector.restored(json.loads(request["state"]))
    elif (step := _step(points, request.get("step_seconds"))) is not None:
        detector, last_at = OnlineDetector(step), None
    else:
        new = [_learning(at, value) for at, value in zip(points.times, points.values, strict=True)]
        return {
            "state": "",
            "state_name": "learning",
            "scores": [one for one in new if one["at"] >= request["first_new"]],
        }
    step = detector.step_seconds
    scores: list[dict[str, Any]] = []
    for at, value in zip(points.times, points.values, strict=True):
        if last_at is not None:
            detector.skip(max(0, round((at - last_at) / 1e6 / step) - 1))
        found = detector.add(value)
        last_at = at
        if at >= request["first_new"]:
            scores.append(
                {
                    "at": at, "value": value, "score": number_of(found.score), "alarm": found.alarm,
                    "state": found.state, "surprise": number_of(found.surprise), "expected": number_of(found.expected),
                }
            )  # fmt: skip
    return {"state": json.dumps(detector.state()), "state_name": detector.state_name, "scores": scores}


def acknowledged(request: dict[str, Any]) -> dict[str, Any]:
    detector = OnlineDetector.restored(json.loads(request["state"]))
    detector.acknowledge()
    return {"state": json.dumps(detector.state()), "state_name": detector.state_name}


def _step(points: PackedPoints, given: float | None) -> float | None:
    if given:
        return given
    if len(points) < POINTS_MIN:
        return None
    step, _ = inferred_step(np.frombuffer(points.times, np.int64))
    return step.seconds


def _learning(at: int, value: float) -> dict[str, Any]:
    return {
        "at": at, "value": value, "score": 0.0, "alarm": False, "state": "learning", "surprise": 0.0, "expected": value
    }  # fmt: skip


SCORING_METHOD = method_of(METHOD, "score")
