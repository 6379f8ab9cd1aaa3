"""Facts that outlast a conversation: kept for one person each, with source and date, found by words and by meaning.

Uses the tables, and gives the tools `remember` and `forget` what they need.
"""
