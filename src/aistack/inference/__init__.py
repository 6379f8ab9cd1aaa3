"""inference: the data plane between the gateway and a model, in the cy.llm protocol over gRPC.

From the bottom up: `protocol` (messages and their bytes), `backends` (models), `builtin_services.py` (health and
reflection, for both servers), `worker` (serves models on a Unix socket), `sidecar` (routes calls to workers).
`client.py` is how others call it.
"""
