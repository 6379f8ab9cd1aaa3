"""HTTP endpoints of the agent service."""
