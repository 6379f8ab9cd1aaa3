"""Where state lives: records (SQLite or PostgreSQL) and files (a folder, or S3)."""
