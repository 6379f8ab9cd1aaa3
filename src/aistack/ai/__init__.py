"""The ai service: questions in words, answered from the connected databases by rules and by a model that is checked.

A question passes these rooms: `schema` (the database it is about) and `text` (its tokens), `linking` (its tables and
values), `rules` (logical forms and SQL, in the engine's `dialects`), `generation` (a model's candidates, run and voted
on), `statements` (what the SQL does) and `answers` (sentence, chart, response). `pipeline` runs them in that order.
"""
