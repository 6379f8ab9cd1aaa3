"""Demo schemas, filled into every engine, and statements that must pass or must be refused. Uses `servers`."""
