"""Uploads, URLs and watched folders go in; searchable documents come out.

May use `parsing`, `graph` and `indexes`. Parsing runs in processes of its own (`parse_pool`, `parse_worker`).
"""
