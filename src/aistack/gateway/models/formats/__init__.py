"""Formats: errors and server-sent events as OpenAI's and Anthropic's clients read them, and other APIs over chat.

Requests of `/v1/messages` and `/v1/responses` come in and go out as chat completions; answers come back the same way.
Uses no other room.
"""
