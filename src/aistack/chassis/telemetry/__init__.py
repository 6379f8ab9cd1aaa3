"""What a service tells of itself: log lines, metrics, how late its event loop runs. Uses the errors only."""
