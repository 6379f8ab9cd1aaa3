"""MongoDB: the session, and the allow-list of commands that only read."""
