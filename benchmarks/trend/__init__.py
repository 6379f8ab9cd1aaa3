"""Trend analysis: anomalies (Numenta's benchmark, planted ones), change points (Turing collection, noise), forecasts
(M4 hourly, generated families), bursts, and a stream of documents with planted events. Beside ruptures and
statsforecast where `$BENCH_TREND_PYTHON` has them.
"""

from benchmarks.report import Row


def run(quick: bool) -> list[Row]:
    from benchmarks.trend import measurements
    from benchmarks.trend.public_series import m4_hourly, nab, turing
    from benchmarks.trend.streams import stream_rows

    if quick:
        from benchmarks.trend.planted import small_collections

        labelled, annotated, competed = small_collections()
        seeds, steps, noise = range(1), (3600,), 8
    else:
        labelled, annotated, competed = list(nab()), list(turing()), list(m4_hourly())
        seeds, steps, noise = range(100, 110), (300, 900, 3600), 200
    return [
        *measurements.numenta_rows(labelled),
        *measurements.planted_rows(seeds, steps),
        *measurements.change_rows(annotated),
        *measurements.noise_rows(noise),
        *measurements.forecast_rows(competed),
        *measurements.family_rows(range(2) if quick else range(100, 140)),
        *measurements.burst_rows(range(10) if quick else range(200)),
        *stream_rows(1_000 if quick else 100_000, seed=200),
    ]
