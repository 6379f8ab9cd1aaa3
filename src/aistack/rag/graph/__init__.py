"""The knowledge graph: text goes in as entities and relations, and comes out as a graph that is searched and exported.

`entities`, `relations`, `vocabulary` and `model_extraction` read the text at ingest; the other modules build the graph
from what is stored. May use `parsing`.
"""
