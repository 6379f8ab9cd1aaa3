"""Typography of answers: spaces between Chinese and Latin text."""

import re

BOUNDARY = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])")


def spaced(text: str) -> str:
    """With a space wherever a Chinese character and a Latin letter or a digit meet."""
    return BOUNDARY.sub(" ", text)
