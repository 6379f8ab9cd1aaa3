"""What one step of signing in hands to the next: sealed values in cookies, so that any gateway can go on."""

import json
import time
from typing import Any

from aistack.databases.sealing import CannotOpen, Sealer

CHARACTERS_MAX = 4_000  # what browsers keep of a cookie


class Steps:
    """Seals values for some seconds. `purpose` keeps the steps apart."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def seal(self, purpose: str, values: dict[str, Any], seconds: float) -> str:
        content = json.dumps(values | {"until": time.time() + seconds}, separators=(",", ":"))
        return self._sealer.seal(content.encode(), f"sign-in step {purpose}")

    def open(self, purpose: str, sealed: str) -> dict[str, Any] | None:
        """The values; None when they are too old, or were not sealed here for this purpose."""
        if not sealed or len(sealed) > CHARACTERS_MAX:
            return None
        try:
            values: dict[str, Any] = json.loads(self._sealer.open(sealed, f"sign-in step {purpose}"))
        except (CannotOpen, ValueError):
            return None
        return values if values.pop("until") > time.time() else None
