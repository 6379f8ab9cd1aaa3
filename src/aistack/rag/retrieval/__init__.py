"""A query goes in, ranked and filtered chunks come out.

`retriever` searches the indexes and the graph, `fusion` combines their rankings, `filters` restricts them to documents,
`feedback` adds chunks of earlier searches. May use `indexes` and `graph`.
"""
