"""Trend analysis of time-stamped numbers and documents.

Data passes its rooms in this order: `series` (points become a regular series with seasons and a trend), `changes`
(where its level or slope changed), `anomalies` (which points are unusual, in a series at rest or as they arrive),
`forecasting` (what comes next, with intervals) and `bursts` (which counts grow faster than the total).
"""
