"""The checks by area."""

from tests.conformance.models.areas import (
    chat,
    completions,
    embeddings,
    invalid,
    messages,
    responses,
    streams,
    structured_output,
    tools,
    transport,
)  # fmt: skip

MODULES = (chat, streams, tools, structured_output, completions, embeddings, responses, messages, invalid, transport)
ALL = [check for module in MODULES for check in module.area.checks]
