"""The gateway's own API: `/registry`, `/gateway`, `/health` and the console; scopes are checked by `scope_guard`.

HTTP requests come in, and calls to the other rooms go out. May use all rooms.
"""
