"""Reads a question in parts: measures, groups, filters, ranks and columns, wherever they are in it.

In: a question with its linked values. Out: a `Reading`, with the words that it leaves out. Uses `rules.grammar` for the
lexicon, `rules.meaning` for what parts mean.
"""
