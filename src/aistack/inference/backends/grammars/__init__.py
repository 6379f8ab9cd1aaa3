"""JSON schemas as grammars: a schema comes in, a grammar (GBNF) goes out, or a pointer to what cannot be enforced.

Whatever the grammar lets through matches the schema; it may allow less than the schema does (one spelling of a number,
the properties in their order). From the bottom up: `failure`, `rules` (the text of a grammar), `strings` (literals and
sets of them), `numbers` (ranges), `patterns` (regular expressions), `keywords` (which keywords there are, and their
values), `merging` (allOf), `disjoint` (oneOf), `objects`, `arrays`, `schema`. Uses nothing else.
"""
