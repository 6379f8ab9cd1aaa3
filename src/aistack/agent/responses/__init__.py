"""The agent as OpenAI's Responses API: requests become messages of a session, events of a run those of a response.

The agent's tools appear as those of an MCP server, which the service calls by itself: `mcp_call`, and
`mcp_approval_request` for calls that wait for a person.
"""
