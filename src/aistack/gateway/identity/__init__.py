"""Who calls, and what they may do: API keys, JWTs, client addresses behind proxies, scopes, the audit log.

Credentials and addresses come in, callers and rights go out. Uses `policy` (a key may have its own rate limit).
"""
