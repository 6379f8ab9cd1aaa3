"""Servers of others, the real ones, each on a free port for the time of a block: in goes a folder at most, out comes an
address. Uses `processes` and `certificates`."""
