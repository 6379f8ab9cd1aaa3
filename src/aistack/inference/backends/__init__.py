"""Models behind one small protocol: a checked OpenAI request comes in, pieces of the answer go out.

From the bottom up: `backend` (the protocol), `grammars` (JSON schemas as grammars), `requests` (what every backend
checks before a model sees it), `engine_process` (a process that runs a model) and `several_answers` (requests with more
than one prompt or choice), then one room or module a kind of model: `llama_cpp`, `openai`, `transformers`, `vllm`.
`opening` chooses by what the model is.
"""
