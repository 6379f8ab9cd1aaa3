"""Programs that containers and the supervisor start with `python -m`, or by their path: a container's first process,
its health check, supervisord, and the sockets that supervisord's children inherit.

They import as little as they can, for each stays in memory or starts every few seconds. Uses `rendering`.
"""
