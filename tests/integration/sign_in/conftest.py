"""Identity is on, and passwords are hashed quickly. The unit tests hash with the parameters of operation."""

import pytest


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MEMORY_KIB", 64), ("PASSES", 1)):
        monkeypatch.setattr(f"aistack.gateway.sign_in.credentials.passwords.{name}", value)


@pytest.fixture
def identity() -> bool:
    return True
