"""What clients of OpenAI, Anthropic and Open Responses expect of a server, as checks that run against any base URL.

They follow the published specifications and the types of the official clients, not this implementation:
`python -m tests.conformance.models URL --model NAME [--embedding NAME]` prints what a server passes.
"""
