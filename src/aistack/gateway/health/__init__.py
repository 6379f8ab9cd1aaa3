"""Active health checks: which instances answer, checked at an interval and on demand.

The registered instances come in; their health goes to the registry, the report to the API. Uses `registry`, and
`http1` and `upstream` to read responses.
"""
