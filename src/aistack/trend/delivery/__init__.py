"""Delivery: from stories and alerts to messages in channels, each at most once.

In come stories, alerts and reports for subscribers; out go messages, whose intent and outcome the ledger keeps.
"""
