"""The gateway's side towards services: clusters and endpoints (Envoy's terms), the route table, connections.

A snapshot of the registry comes in; routes, usable endpoints and open connections go out. Uses `registry` (only the
snapshot), `policy` and `http1`.
"""
