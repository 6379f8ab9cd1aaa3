"""Errors in a stack's description, each in one line."""


class StackError(Exception):
    """The description is invalid or cannot be run. The message names the key, what was given and what is allowed."""


def refused(key: str, given: object, allowed: str, source: str) -> StackError:
    """The error for one invalid key; `source` is the file or variable it came from."""
    return StackError(f"{source}: {key} = {given!r} is not allowed; {allowed}")
