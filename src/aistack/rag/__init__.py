"""Documents go in; cited answers come out. No model is needed for search, the graph, or extractive answers.

A document passes `routes`, `intake`, `parsing`, `graph` (its entities) and `indexes`. A question passes `routes`,
`answers`, `retrieval`, and from there `indexes` and `graph`. `documents` is the store that all of them share.
"""
