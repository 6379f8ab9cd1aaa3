"""The models of this machine, as administrators change them: pulled, served by the worker, removed.

A request of an administrator comes in; files in the folder of models, the choice of what is served and commands to the
worker go out. `pulls` downloads in processes of their own, `worker_link` talks to the worker through its sidecar,
`administration` puts them together. Uses `models` for the table.
"""
