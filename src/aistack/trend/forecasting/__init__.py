"""A regular series goes in, forecasts with intervals come out, always beside the seasonal naive.

`smoothing` and `candidates` are the models, `backtest` tries them from several origins, `intervals` makes prediction
intervals of its errors, `forecast` chooses, `scenario` applies stated shifts. May use `series`.
"""
