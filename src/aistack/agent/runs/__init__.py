"""Runs, which belong to the service and not to a connection: their events, leases, and approvals.

Uses `conversations`. What a run does comes from `loop`.
"""
