"""The gateway: the front door of the stack. Every request enters here and is carried to a registered service.

Its own API (registry, keys, health, console) is an ordinary ASGI app that the data plane reaches like any other
service. The rooms, from the bottom up; each may use those before it:

- `http1`: bytes to HTTP/1.1 messages and back
- `policy`: what may pass and where to: rate limits, concurrency, retries, circuit breakers, load balancing
- `identity`: who calls: keys, tokens, client addresses, rights, the audit log
- `registry`: which services and instances exist, published to the data plane as a snapshot
- `upstream`: the data plane's side of that: route table, clusters, endpoints, connections
- `models`: the model API, `/v1`: requests answered from OpenAI-compatible URLs and inference sidecars
- `telemetry`: access log, statistics, Prometheus
- `proxy`: a request's way from a client connection to an upstream connection and back
- `health`: active health checks of the registered instances
- `local_models`: the models of this machine: pulls, and what the worker serves
- `workers`: data planes, in this process or in several
- `routes`: the gateway's own API
- `sign_in`: passwords, one-time codes, passkeys, sessions, and the pages for them
- `providers`: signing in with OpenID Connect, or by a proxy's header
"""
