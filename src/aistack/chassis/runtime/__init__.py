"""A service as part of a process: its sockets, its life from start to drain, its tasks, and the service manager.

Apps come in and are served until a signal. Uses `telemetry` and the settings every service has.
"""
