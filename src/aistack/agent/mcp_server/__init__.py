"""The stack as an MCP server: a JSON-RPC message of another assistant comes in, the result of a tool goes out.

It speaks the stateless revision 2026-07-28 and the ones before it that begin with `initialize`, and keeps nothing
between requests except long calls, which are rows. Uses `calls` for checking, approving and calling tools.
"""
