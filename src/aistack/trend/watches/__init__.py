"""Watches: which stories someone wants to know of, in words, groups and filters.

In come documents and topics; out come the stories that a watch matches, with the group that did.
"""
