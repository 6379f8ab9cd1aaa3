"""What a stack needs of its machine: findings of `aistack doctor`, kernel limits and firewall, a TLS certificate.

A stack comes in; findings, changed limits and files go out. Uses `processes` and the settings of `deploy`.
"""
