"""A regular series goes in, forecasts with intervals come out, always beside the seasonal naive.

`smoothing`, `theta`, `regression` and `candidates` are the models, `backtest` tries them from several origins,
`intervals` makes prediction intervals of its errors, `forecast` chooses, `scenario` shifts. May use `series`.
"""
