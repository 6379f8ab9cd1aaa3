"""What can be wrong with a stack's description, said in one line."""


class StackError(Exception):
    """The description cannot be run as it stands. The message names the key, what was given, what is allowed."""


def refused(key: str, given: object, allowed: str, source: str) -> StackError:
    """The error for one bad key: `source` is the file or variable it came from."""
    return StackError(f"{source}: {key} = {given!r} is not allowed; {allowed}")
