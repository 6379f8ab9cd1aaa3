"""Data planes: one in this process, or a pool of worker processes that share listeners and limits.

Snapshots, keys and settings come in; reports, ejections and rejected credentials go out. Uses `proxy` and the rooms
below.
"""
