"""Accounting: what calls used and cost, kept off the request path, and the budgets that it is counted against.

Usage of calls comes in; lines in append-only journals and rows in the records go out. Uses `table` and the gateway's
`tables`.
"""
