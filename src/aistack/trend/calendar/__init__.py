"""Known days: holidays and work days of countries, and events of a collection, which explain what numbers do.

In come countries and events; out come the known days of a period with their names. Uses `series` for words.
"""
