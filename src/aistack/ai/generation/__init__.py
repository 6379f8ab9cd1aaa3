"""Has a model write candidate statements, runs and repairs them, and lets their results vote.

In: a question with its linked tables and values. Out: `Candidate`s with results or errors, and groups that agree.
Uses `schema` and `text`; where no model is set, only `execution`, `voting` and `verified_queries` are used.
"""
