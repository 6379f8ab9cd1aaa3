"""The model table: names to upstreams, with prices; the entries of `stack.toml` and those set through the API.

Entries come in, a compiled `ModelTable` goes out to the data planes. Uses `tables` and nothing else of the gateway.
"""
