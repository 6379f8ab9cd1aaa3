"""One stack, run somewhere: as processes of this machine, or from the files that run it elsewhere.

On the floor: the settings in force, environment variables, secrets, instances, the demo set. Above, from the bottom up:
`rendering` (files for every target), `entrypoints` (programs that containers start), `processes`, `machine`.
"""
