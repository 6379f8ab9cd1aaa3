"""A connected database as questions see it: profiles of its tables, how they join, and what its semantic layer adds.

In: the schema that the connection service read, and the semantic layer's YAML. Out: a `DatabaseSnapshot` with a
`SchemaGraph`. Uses `text`; layer versions are stored in the service's tables.
"""
