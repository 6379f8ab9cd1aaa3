"""Why a schema cannot be enforced."""


class CannotEnforce(Exception):
    """`pointer` is a JSON pointer to the keyword at fault."""

    def __init__(self, pointer: str, why: str) -> None:
        super().__init__(f"{pointer}: {why}")
        self.pointer = pointer
        self.why = why


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
