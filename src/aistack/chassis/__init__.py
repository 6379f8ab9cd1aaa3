"""What every service is built on: app factory, settings, identity, errors, registration, outgoing HTTP.

Settings come in; an ASGI app with health checks, metrics and problem documents goes out. Two rooms: `telemetry` (logs,
metrics, event loop lag) below the settings, `runtime` (sockets, start, drain, background tasks) above. Uses `stack`.
"""
