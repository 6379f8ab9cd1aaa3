"""Calls of tools: which tools there are for a person, which calls may run or wait for an approval, and their results.

Uses `runs` for approvals, and tools through `tool_protocol`.
"""
