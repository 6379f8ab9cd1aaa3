"""What can be asked about usage."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Which usage is wanted: days from `since` to `until`, both included; empty strings mean all."""

    since: str = ""
    until: str = ""
    key: str = ""
    model: str = ""
