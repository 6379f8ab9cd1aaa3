"""Trend analysis: what is rising, what broke, what comes next, with evidence.

Documents pass `fetching` (asking sites politely), `feeds` (bytes to items), `intake` (items to documents) and `topics`
(documents to topics, ranked by their growth). Points pass `series` (a regular series with seasons and a trend),
`changes` (where its level or slope changed), `anomalies` (which points are unusual, in a series at rest or as they
arrive), `forecasting` (what comes next, with intervals) and `bursts` (which counts grow faster than the total). `store`
keeps series, and the worker process answers about them with `series_tasks`.
"""
