"""What the data plane reports: the access log, statistics per route, their Prometheus format, request ids.

Finished requests come in; log lines and metrics go out. Uses `upstream`, `identity`, `policy` and `http1`.
"""
