"""Where state lives: records (SQLite or PostgreSQL), files (a folder or S3), vectors (SQLite or ChromaDB), caches.

A setting (a URL, or empty for a store in the data folder) comes in; a store behind one protocol goes out. Uses `stack`.
"""
