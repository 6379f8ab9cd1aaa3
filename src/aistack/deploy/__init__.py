"""One stack, run somewhere. This version knows one target: a process on this machine."""
