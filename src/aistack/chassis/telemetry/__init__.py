"""What a service reports about itself: log lines, metrics, event loop lag.

Events and measurements come in; ECS log lines and Prometheus text go out. Uses `errors` only.
"""
