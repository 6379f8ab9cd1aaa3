"""connection: the connected databases, who may see, ask, run and write on them, and their schemas."""
