"""Models in folders of safetensors, run by torch and transformers in a process of their own, with a batch of our own.

Jobs go in, tokens come out. In the process, from the bottom up: `blocks` (which parts of the cache belong to whom),
`attention` (the cache, and attention over it), `sampling`, `adapters` (LoRA), `model` (loading, one forward step),
`batch` (requests join, leave and are cancelled between steps), `native` (the process itself). In the worker: `engine`
(start, stop, messages) and `backend`. Uses `backends.generation`.
"""
