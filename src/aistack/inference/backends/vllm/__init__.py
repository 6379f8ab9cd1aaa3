"""Models in folders of safetensors, run by vLLM: jobs go in, tokens come out.

`engine` speaks to vLLM's asynchronous engine, `backend` is the folder behind the protocol of backends. Prompts, text,
tools and schemas are those of `backends.generation`, so a model answers alike whichever engine runs it.
"""
