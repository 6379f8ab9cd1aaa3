"""PostgreSQL: the session, its types and parameters, and the catalogue queries."""
