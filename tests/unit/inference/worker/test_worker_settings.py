"""What `--model` and `--keep-alive` accept."""

from pathlib import Path

import pytest

from aistack.inference.worker.settings import CannotStart, model_spec, seconds


def test_durations():
    assert [seconds(text) for text in ("90", "90s", "1.5m", "1h", "0")] == [90, 90, 90, 3600, 0]
    with pytest.raises(CannotStart, match="is not a duration"):
        seconds("soon")


def test_models_are_pulled_ones_files_folders_and_urls(tmp_path: Path):
    (tmp_path / "pulled").mkdir()
    file = tmp_path / "mine.gguf"
    file.touch()
    assert model_spec("pulled", tmp_path).place == str(tmp_path / "pulled")
    assert model_spec("chat=pulled", tmp_path).name == "chat"
    assert model_spec(str(file), tmp_path).name == "mine"
    url = model_spec("big=http://host:1/v1#qwen", tmp_path)
    assert (url.name, url.place) == ("big", "http://host:1/v1#qwen")
    assert model_spec("http://host:1/v1#qwen", tmp_path).name == "qwen"
    with pytest.raises(CannotStart, match="aistack models pull missing"):
        model_spec("missing", tmp_path)
    with pytest.raises(CannotStart, match="is no name"):
        model_spec("http://host:1/v1", tmp_path)
