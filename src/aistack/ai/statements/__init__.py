"""What a statement does, read from its syntax tree: explanation, lineage, review, and how two statements differ.

In: SQL and a `DatabaseSnapshot`. Out: text, `Lineage`, an `Assessment`. Uses `schema`.
"""
