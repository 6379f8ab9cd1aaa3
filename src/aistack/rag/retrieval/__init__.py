"""A query goes in, ranked and filtered chunks come out. May use `indexes` and `graph`."""
