"""databases: talking to the databases that people connect, each in its own words, walled in.

A session runs one statement at a time within limits and can be stopped on the server. Servers are asked over the
network; SQLite and DuckDB run in a process of their own that can be killed. What a statement may be is checked
elsewhere (`query`); nothing here relies on it.
"""
