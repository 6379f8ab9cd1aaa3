"""From documents to topics: their terms, clusters that follow the stream, names, and what each is doing now.

In come documents with their terms and times; out come topics with ids that last, names, volumes and states. Whatever
the order in which documents arrive, a settlement puts them into the same topics. Uses `series` for bursts and growth.
"""
