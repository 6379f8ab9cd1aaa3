"""Engines behind drivers that implement the Python DB-API (PEP 249): Oracle, Snowflake, SQL Server.

`engine.py` is what they share; `reflection.py` adds schemas read by SQLAlchemy.
"""
