"""A series goes in, its unusual points come out, with how improbable each is.

`detector` scores a live series point by point, `batch` searches a series at rest; both use `tails` and `rings`. May use
`series`.
"""
