"""Sessions and the tree of their messages, and the search over them. Uses the tables only."""
