"""Docker Compose files. A stack comes in; the files, and what they mount, go out.

`definitions` describes one container, `third_party` those of other projects, `production` and `files` whole files.
Uses `containers`, `nginx`, `prometheus` and `serialization` of `rendering`.
"""
