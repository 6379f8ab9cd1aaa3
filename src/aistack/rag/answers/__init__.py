"""A question goes in, an answer with citations comes out, written by a model or taken from the documents.

May use `retrieval` and `parsing`.
"""
