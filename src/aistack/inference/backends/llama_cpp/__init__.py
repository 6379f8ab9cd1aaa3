"""Models in GGUF files, run by llama.cpp in a process of its own: checked requests go in, pieces of answers come out.

From the bottom up: `native` (the process, which alone imports xllamacpp), `connection` (its HTTP over a private Unix
socket), `engine` (start, stop, counters), `answers` (its events to ours), `backend`. A crash of native code ends the
process, not the worker. Uses `backends.backend` and `backends.requests`.
"""
