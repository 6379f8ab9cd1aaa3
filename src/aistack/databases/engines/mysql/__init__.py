"""MySQL and MariaDB: the session and the catalogue queries."""
