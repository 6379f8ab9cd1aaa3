"""Export and import of sessions: our own format, which round-trips, and the exports of ChatGPT and Open WebUI.

Uses `conversations`.
"""
