"""What a stack is: the catalogue of services, and the description (`stack.toml`) that selects from it.

Imports nothing of the other rooms and nothing heavy, so that `aistack status` starts at once.
"""
