"""Commands about people: keys, users, groups."""
