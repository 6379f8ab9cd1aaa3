"""The assistant: conversations with a model that uses the tools of the whole stack."""
