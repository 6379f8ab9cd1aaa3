"""The sidecar: calls of clients come in on a port, go to the workers behind it, and their answers go back untouched.

`service` says which method is answered where: predictions by `calls` (queue and relay) at one of the `workers`, the
rest by `control` and the builtin services of `inference`. `metrics` and `metrics_port` say what happened, `settings`
and `main` start it. Uses `protocol`.
"""
