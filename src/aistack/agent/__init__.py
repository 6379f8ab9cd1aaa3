"""The assistant: conversations with a model that uses the tools of the whole stack.

A message passes `routes`, which hand it to `chat`. It is stored in `conversations`, and its answer becomes a run
(`runs`). The model loop (`loop`) does the run: it asks one of the `models`, or chooses by rules where there is none
(`intents`), and makes `calls` of `tools`. These compute in `computation`, run code in a `sandbox`, or ask the stack's
services. `memory` keeps facts across conversations, and `exchange` takes conversations out and in.
"""
