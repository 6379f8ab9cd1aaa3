"""execution: runs checked statements on the connected databases.

In comes a statement and the principal it runs for; out come rows in the format that was requested
(`result_formats.py`), a query plan (`plans.py`) or a store's reply (`store_commands.py`). Uses `guard` and `history`.
"""
