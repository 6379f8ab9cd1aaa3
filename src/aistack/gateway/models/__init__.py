"""The model API, `/v1`: requests for models, answered from OpenAI-compatible URLs and inference sidecars.

To the proxy this is a service with one instance, whose connections lead into this room (`connection`), so limits,
keys, logs and statistics are those of every request. Its own rooms, from the bottom up:

- `formats`: errors and events as clients read them; `/v1/messages` and `/v1/responses` over chat
- `table`: names to upstreams, and prices
- `requests`: bodies of requests, read and checked
- `accounting`: usage, journals, budgets, tokens per minute
- `calls`: one request to its upstreams and back

Above them, `plane` holds what the calls of one data plane share. Uses `upstream`, `http1`, and from `identity` callers.
"""
