"""Requests to the web outside the stack."""
