"""Routing without a model: a message in English or Chinese in, the tool that fits it out, with how sure that is.

What can be read as a whole (a calculation, units, a date, SQL) is routed only if it is understood. Everything else is
weighed by its words, and the route says so. This room uses `computation`.
"""
