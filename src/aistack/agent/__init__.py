"""The assistant: conversations with a model that uses the tools of the whole stack.

A message passes `routes`, which hand it to `chat`. It is stored in `conversations`, and its answer becomes a run
(`runs`), which the model loop (`loop`) does. `exchange` takes conversations out and in.
"""
