"""Links a question to the database: the tables and columns it is about, and the values it mentions.

In: the question's text and a `DatabaseSnapshot`. Out: `LinkedTable`s and `ValueLinks`. Uses `text`, `schema` and
`dialects`.
"""
