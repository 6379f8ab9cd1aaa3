"""The folder of models: what is there of each, and changes that are complete or did not happen."""

from pathlib import Path

import pytest

from aistack.llm.model_folders import (
    MANIFEST,
    FolderRefused,
    held,
    is_installed,
    link_folder,
    local_model,
    local_models,
    partial_folder,
    put_in_place,
    remove_model,
)

KNOWN_NAME = "smollm2-135m"


def installed(models: Path, name: str, content: bytes = b"GGUF") -> Path:
    partial = partial_folder(models, name)
    partial.mkdir(parents=True)
    (partial / "model.gguf").write_bytes(content)
    (partial / MANIFEST).write_text('{"kind": "chat", "sha256": {}}')
    put_in_place(partial, models / name)
    return models / name


def test_known_models_are_listed_before_anything_is_pulled(tmp_path: Path):
    found = local_models(tmp_path / "none")
    assert KNOWN_NAME in {one.name for one in found}
    assert {one.state for one in found} == {"absent"}


def test_an_interrupted_pull_is_neither_absent_nor_installed(tmp_path: Path):
    partial_folder(tmp_path, KNOWN_NAME).mkdir()
    (partial_folder(tmp_path, KNOWN_NAME) / "model.gguf.growing").write_bytes(bytes(1000))
    found = local_model(tmp_path, KNOWN_NAME)
    assert (found.state, found.size) == ("partial", 1000)


def test_a_model_is_held_by_one_process_at_a_time(tmp_path: Path):
    with held(tmp_path, KNOWN_NAME):
        partial_folder(tmp_path, KNOWN_NAME).mkdir()
        assert local_model(tmp_path, KNOWN_NAME).state == "pulling"
        with pytest.raises(FolderRefused, match="being pulled by another process"), held(tmp_path, KNOWN_NAME):
            pass
    assert local_model(tmp_path, KNOWN_NAME).state == "partial"


def test_a_new_version_takes_the_place_of_the_old_one(tmp_path: Path):
    installed(tmp_path, KNOWN_NAME, b"old")
    folder = installed(tmp_path, KNOWN_NAME, b"new")
    assert (folder / "model.gguf").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == [KNOWN_NAME]


def test_a_folder_that_is_not_complete_is_no_model(tmp_path: Path):
    (tmp_path / KNOWN_NAME).mkdir()
    assert not is_installed(tmp_path / KNOWN_NAME)
    assert local_model(tmp_path, KNOWN_NAME).state == "absent"


def test_what_is_removed_is_gone_with_its_interrupted_pull(tmp_path: Path):
    installed(tmp_path, KNOWN_NAME)
    partial_folder(tmp_path, KNOWN_NAME).mkdir()
    assert remove_model(tmp_path, KNOWN_NAME)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
    assert not remove_model(tmp_path, KNOWN_NAME)


@pytest.mark.parametrize("name", ["..", ".", "../models", ".hidden", ""])
def test_only_models_are_removed(name: str, tmp_path: Path):
    (tmp_path / "models").mkdir()
    assert not remove_model(tmp_path / "models", name)
    assert (tmp_path / "models").is_dir()


class TestYourOwnModel:
    def test_is_linked_and_listed(self, tmp_path: Path):
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "weights.gguf").write_bytes(b"GGUF and more")
        for source in (tmp_path / "mine", tmp_path / "mine" / "weights.gguf"):
            folder = link_folder(tmp_path / "models", "mine", source)
            assert (folder / "weights.gguf").read_bytes() == b"GGUF and more"
        found = local_models(tmp_path / "models")[-1]
        assert (found.name, found.state, found.kind, found.known) == ("mine", "installed", "chat", None)
        assert found.size > len(b"GGUF and more")

    def test_stays_where_it_is_when_it_is_removed_here(self, tmp_path: Path):
        (tmp_path / "weights.gguf").write_bytes(b"GGUF")
        link_folder(tmp_path / "models", "mine", tmp_path / "weights.gguf")
        assert remove_model(tmp_path / "models", "mine")
        assert (tmp_path / "weights.gguf").exists()

    @pytest.mark.parametrize("name", ["../mine", "", "a b", ".mine"])
    def test_needs_a_name(self, name: str, tmp_path: Path):
        (tmp_path / "weights.gguf").write_bytes(b"GGUF")
        with pytest.raises(FolderRefused, match="no name for a model"):
            link_folder(tmp_path / "models", name, tmp_path / "weights.gguf")

    def test_is_one_gguf_file(self, tmp_path: Path):
        (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
        for source in (tmp_path, tmp_path / "pytorch_model.bin", tmp_path / "none"):
            with pytest.raises(FolderRefused, match=r"must be a \.gguf file"):
                link_folder(tmp_path / "models", "mine", source)
        assert not (tmp_path / "models" / "mine").exists()
