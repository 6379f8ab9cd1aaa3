"""HTTP endpoints of the trend service."""
