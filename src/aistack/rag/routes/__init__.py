"""HTTP requests go in, responses come out: routes parse the request, call a room, and shape the result.

May use every room.
"""
