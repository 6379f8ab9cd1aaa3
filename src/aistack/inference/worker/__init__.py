"""The worker: calls of the cy.llm protocol come in over a Unix socket, answers of models go out.

From the bottom up: `settings`, `models` (which models there are, loaded on first use and unloaded when idle),
`predictions` (a request to its responses), `control` (commands and health), `service` (the gRPC methods), `server` (the
socket), `main`. Uses `backends`, `protocol` and `builtin_services`.
"""
