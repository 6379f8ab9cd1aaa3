"""Which services exist, where their instances are, and who owns them.

Registrations, heartbeats and the static upstreams of `stack.toml` come in; snapshots for the data plane and changes for
watchers go out. Uses `identity`.
"""
