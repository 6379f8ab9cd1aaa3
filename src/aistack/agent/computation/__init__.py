"""Exact arithmetic, units and dates: text in either language in, a value with how it was computed out.

This room knows nothing of tools, models or services.
"""
