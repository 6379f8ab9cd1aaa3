"""Why somebody may not sign in, or may not change something about their account."""


class Refused(Exception):
    """`key` is the text that the page shows, with `values` filled in; `seconds` among them is when to try again."""

    def __init__(self, key: str, status: int = 401, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.status = status
        self.values = values
