"""From one description, the files of every way to run it. A stack comes in; paths and texts go out.

`targets` names the module of each target. Uses the settings and the instances of `deploy`, nothing that runs.
"""
