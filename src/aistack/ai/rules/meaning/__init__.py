"""Logical forms, and how the meanings of phrases combine into larger ones where the schema allows it.

In: meanings of two or more phrases. Out: the meanings of them together, each with a cost; none if they do not fit.
Uses `text`, `schema` and `dialects`.
"""
