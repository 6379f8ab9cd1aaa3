"""DuckDB: the engine that runs in a worker process, and how its types are selected."""
