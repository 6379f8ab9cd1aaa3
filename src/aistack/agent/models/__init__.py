"""The chat models of conversations, and their streamed replies with calls of tools."""
