"""Runs ruptures and statsforecast in an environment of their own: JSON in by standard input, JSON out.

`$BENCH_TREND_PYTHON PEER_RUNS.py changes|forecasts`; needs `pip install ruptures statsforecast`.
"""

import json
import sys
import warnings

import numpy as np


def changes(series: dict[str, list[float]]) -> dict[str, list[int]]:
    import ruptures

    found = {}
    for name, values in series.items():
        z = (np.array(values) - np.mean(values)) / (np.std(values) or 1)
        ends = ruptures.Binseg(model="l2").fit(z.reshape(-1, 1)).predict(pen=3 * np.log(z.size))
        found[name] = [int(end) for end in ends[:-1]]
    return found


def forecasts(given: dict[str, list[float]]) -> dict[str, dict[str, list[list[float]]]]:
    """Middle, and the bounds of the 95 % interval."""
    from statsforecast.models import AutoETS, SeasonalNaive, Theta

    found = {}
    for name, values in given.items():
        y = np.array(values)
        found[name] = {}
        for label, model in (("Theta", Theta(24)), ("AutoETS", AutoETS(24)), ("SeasonalNaive", SeasonalNaive(24))):
            out = model.forecast(y=y, h=48, level=[95])
            found[name][label] = [out[key].tolist() for key in ("mean", "lo-95", "hi-95")]
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run = {"changes": changes, "forecasts": forecasts}[sys.argv[1]]
    json.dump(run(json.load(sys.stdin)), sys.stdout)
