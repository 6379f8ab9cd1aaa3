"""A chart parser (Kay 1980) with a lexicon for each schema and a grammar for each language.

In: a question and its linked values. Out: a `ParseResult`. Uses `rules.meaning`, `text`, `schema` and `linking`.

Categories: S rows, C columns, CL lists of columns, A columns of rows, Q queries, V values, F defined conditions,
D dates, N numbers, X columns of extremes, SUP and SUPN superlatives, REL relations, MET metrics, ASK a whole question;
all others are function words.
"""
