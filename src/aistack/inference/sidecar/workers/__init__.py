"""The workers: their addresses come in, a worker with room for a call goes out.

`link` is one worker's connection and health, `balancing` the choice among several, `pool` both together. Uses the
settings of the sidecar, `protocol` and `http2`.
"""
