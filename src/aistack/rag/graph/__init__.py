"""Text goes in, entities and relations come out, and from them a graph to search, walk and export.

`entities`, `relations`, `vocabulary` and `model_extraction` process the text of a document at ingest; the other modules
build and use the graph of what was stored. May use `parsing`.
"""
