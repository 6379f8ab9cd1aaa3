"""Database servers that are reached through drivers that block; each engine runs in a worker (`engine_worker.py`)."""
