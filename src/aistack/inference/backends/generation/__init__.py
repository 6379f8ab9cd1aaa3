"""From a checked request to tokens and back to an answer, for backends that compute tokens themselves.

A request comes in, pieces of its answer go out. From the bottom up: `jobs` (what a source of tokens is asked for),
`weights` (what may be loaded from a folder), `tokenizer`, `chat_template`, `grammars`, `parsing` (reasoning and tool
calls in a model's text), `choice` (one answer's text: decoding, stop strings), `answers` (events), `backend`.
Uses `backends.backend`, `backends.requests` and `backends.admission`.
"""
