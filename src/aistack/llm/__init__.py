"""Talking to models: sentence vectors and chat, from a folder on this machine or over the OpenAI wire format."""
