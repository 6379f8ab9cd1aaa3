"""Semantic parsing without a model: plain questions in English and Chinese to logical forms, and those to SQL.

In: a question with its linked values. Out: its interpretations, and a statement for each. Uses `text`, `schema`,
`dialects` and `linking`. It answers only if it can account for every word of a question, and names those it cannot.
"""
