"""Signing in: passwords, one-time codes, passkeys, sessions, and the pages for them."""
