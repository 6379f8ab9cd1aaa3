"""A request's way: from a client connection through admission to an endpoint, and the response's way back.

`client_connection` reads requests and makes an `exchange` of each. That class is built in four steps, so that each file
holds one part of the state machine: `request_state` (the data), `dispatch` (the way to an endpoint, and the end),
`attempts` (failures and retries), `exchange` (bodies and responses). Uses all rooms below.
"""
