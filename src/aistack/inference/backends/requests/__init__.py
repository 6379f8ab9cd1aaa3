"""Requests of the OpenAI API: a JSON object comes in, a checked one goes out, or an error that names the field.

From the bottom up: `fields` (types and ranges), `json_schemas` (what a grammar can enforce), `tools` (tool calls that
are enforced), `written_calls` (those that a model writes as plain JSON), `chat`, `completions`. Nothing is ignored:
what cannot be honoured is refused. Uses `backend` and `grammars`.
"""
