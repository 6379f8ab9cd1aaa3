"""Series of numbers: their points are kept, scored as they come, and read for analyses.

`series_store` keeps series and points, `live_points` scores points, `pushes` reads what clients send, `query_points`
fills series from connected databases, `indicators` finds the points of what a request names (a series, the volume of a
topic or term), `computations` asks the worker process about them. Uses no numpy.
"""
