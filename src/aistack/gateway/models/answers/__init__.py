"""Answers of upstreams on their way to the client."""
