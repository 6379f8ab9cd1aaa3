"""Running services in a process: sockets, start and drain, background tasks, the service manager.

Apps and listening sockets come in; they are served until a signal. Uses `telemetry` and the settings of every service.
"""
