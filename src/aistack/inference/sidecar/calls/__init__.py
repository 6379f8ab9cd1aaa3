"""Predictions: a client's stream comes in, is given a worker or waits for one, and the worker's answer goes back.

`pending_calls` decides who is next, `request_relay` keeps the request until its answer begins, `answer_counts` counts
what passes, `attempt` is the worker's side of a call and `call` the client's. Uses `workers`, `protocol` and `http2`.
"""
