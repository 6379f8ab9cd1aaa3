"""The HTTP API: parses requests, calls the pipeline and the rooms, shapes responses. It decides nothing."""
