"""Where code that a model or a person wrote is run: never in this process. Code in, output and value out.

`monty` interprets a subset of Python in a worker process and works everywhere. `bubblewrap` runs CPython in Linux
namespaces behind a seccomp filter. Where neither works there is no sandbox, and the tool says why and does not run.
"""
