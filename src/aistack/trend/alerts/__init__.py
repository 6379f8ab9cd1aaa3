"""Alerts: rules that watch levels and silence, and the alarms that they raise, each told once.

In come topics and sources; out go alarms with a state, and messages to subscribers.
"""
