"""How long the documents service waits for its chat model."""

from pathlib import Path

import pytest

from aistack.rag.settings import RagSettings


@pytest.mark.parametrize(("silence", "limit", "seconds"), [(60, 50, 50), (30, 50, 25), (600, 50, 50), (60, 10, 10)])
def test_the_chat_model_leaves_time_below_the_gateways_timeout(
    tmp_path: Path, silence: float, limit: float, seconds: float
):
    settings = RagSettings(
        service="rag", port=1, data_dir=tmp_path, silence_seconds_max=silence, chat_seconds_max=limit
    )
    assert settings.chat_seconds == seconds
