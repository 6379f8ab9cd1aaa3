"""The words of business questions: what part each plays, and what each can mean in a schema.

In: a question's tokens with the entries of the lexicon. Out: items. Uses `rules.grammar` and `schema`.
"""
