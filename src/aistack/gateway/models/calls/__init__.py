"""Calls of models: a request for `/v1` to its upstreams, and the answer back.

A request of the data plane and its body come in; a response for the client and a line of usage go out. `call` decides
what happens next; `url_attempt` and `sidecar_attempt` carry one attempt each and tell it what became of it. Uses
`table`, `accounting`, `formats`, and the gateway's `upstream` and `http1`.
"""
