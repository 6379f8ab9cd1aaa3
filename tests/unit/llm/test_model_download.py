"""Model downloads: complete or not at all, resumed after an interruption, checked against the hub's hashes."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from aistack.cli import main
from aistack.llm import download
from aistack.llm.download import PullFailed, import_folder, pull, verify
from aistack.llm.factory import open_embedder
from aistack.llm.known_models import KNOWN
from harness.samples.sentence_models import sentence_model

LISTED = KNOWN["all-MiniLM-L6-v2"]
MODEL = replace(LISTED, sha256={})  # the mirror has a tiny model under its name


class Mirror:
    """A hub's files, served with ranges; `cut` bytes are sent of a file before the connection breaks."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.cut, self.sums, self.ranges = files, 0, dict[str, str](), list[str]()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.partition(f"/{MODEL.repository}/resolve/{MODEL.revision}/")[2]
                content = mirror.files.get(name)
                if content is None:
                    self.send_error(404)
                    return
                start = int(self.headers.get("range", "bytes=0-")[6:-1])
                mirror.ranges.append(self.headers.get("range", ""))
                self.send_response(206 if start else 200)
                self.send_header("content-length", str(len(content) - start))
                if name in mirror.sums:
                    self.send_header("x-linked-etag", f'"{mirror.sums[name]}"')
                self.end_headers()
                part = content[start:]
                if mirror.cut and len(part) > mirror.cut:
                    part = part[: mirror.cut]
                self.wfile.write(part)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    folder = sentence_model(tmp_path / "made")
    return {
        "onnx/model.onnx": (folder / "model.onnx").read_bytes(),
        "tokenizer.json": (folder / "tokenizer.json").read_bytes(),
        "1_Pooling/config.json": (folder / "1_Pooling" / "config.json").read_bytes(),
    }


@pytest.fixture
def mirror(files: dict[str, bytes]) -> Iterator[Mirror]:
    made = Mirror(files)
    yield made
    made.server.shutdown()


def quiet(name: str, done: int, total: int) -> None:
    return None


def test_what_was_pulled_is_a_model_that_works(mirror: Mirror, tmp_path: Path):
    folder = pull(MODEL, tmp_path / "models", mirror.url, quiet)
    assert folder == tmp_path / "models" / MODEL.name
    assert open_embedder(str(folder), "", "") is not None
    assert verify(folder) == []
    (folder / "tokenizer.json").write_text("{}")
    assert verify(folder) == ["tokenizer.json"]


def test_what_a_model_does_not_say_of_itself_is_written_down(mirror: Mirror, tmp_path: Path):
    model = replace(MODEL, name="m", prompts=(("query", "query: "),), pooling="cls")
    folder = pull(model, tmp_path / "models", mirror.url, quiet)
    assert json.loads((folder / "config_sentence_transformers.json").read_text())["prompts"] == {"query": "query: "}
    assert "cls" not in (folder / "1_Pooling" / "config.json").read_text()  # the model's own file stands
    del mirror.files["1_Pooling/config.json"]
    folder = pull(model, tmp_path / "again", mirror.url, quiet)
    assert json.loads((folder / "1_Pooling" / "config.json").read_text()) == {"pooling_mode_cls_token": True}
    assert verify(folder) == []


def test_what_was_cut_off_goes_on_where_it_stood(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(download, "ATTEMPTS_MAX", 1)
    mirror.cut = len(mirror.files["onnx/model.onnx"]) // 3
    for _ in range(2):
        with pytest.raises(PullFailed, match="run the command again to resume"):
            pull(MODEL, tmp_path / "models", mirror.url, quiet)
        assert not (tmp_path / "models" / MODEL.name).exists()
    mirror.cut = 0
    folder = pull(MODEL, tmp_path / "models", mirror.url, quiet)
    assert (folder / "onnx" / "model.onnx").read_bytes() == mirror.files["onnx/model.onnx"]
    assert any(one.startswith("bytes=") and one != "bytes=0-" for one in mirror.ranges)


def test_a_file_that_is_not_what_the_hub_says_is_refused(mirror: Mirror, tmp_path: Path):
    right = hashlib.sha256(mirror.files["onnx/model.onnx"]).hexdigest()
    mirror.sums["onnx/model.onnx"] = right
    pull(MODEL, tmp_path / "one", mirror.url, quiet)
    mirror.sums["onnx/model.onnx"] = "0" * 64
    with pytest.raises(PullFailed, match="the hub says 0000"):
        pull(MODEL, tmp_path / "two", mirror.url, quiet)
    assert not (tmp_path / "two" / MODEL.name).exists()


def test_a_file_that_is_not_the_one_that_is_listed_is_refused(mirror: Mirror, files: dict[str, bytes], tmp_path: Path):
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    pull(replace(MODEL, sha256=sums), tmp_path / "one", mirror.url, quiet)
    with pytest.raises(PullFailed, match="the list says 6fd5d72f"):
        pull(LISTED, tmp_path / "two", mirror.url, quiet)
    assert not (tmp_path / "two" / MODEL.name).exists()
    (tmp_path / "usb" / "onnx").mkdir(parents=True)
    for name in ("onnx/model.onnx", "tokenizer.json"):
        (tmp_path / "usb" / name).write_bytes(files[name])
    with pytest.raises(PullFailed, match="not a file of all-MiniLM-L6-v2"):
        import_folder(LISTED, tmp_path / "three", tmp_path / "usb", quiet)


def test_every_known_model_lists_revision_licence_and_hashes():
    for model in KNOWN.values():
        assert len(model.revision) == 40 and model.licence in ("MIT", "Apache-2.0")
        assert all(len(model.sha256[file]) == 64 for file in model.files)


def test_a_mirror_without_the_model_is_named(mirror: Mirror, tmp_path: Path):
    del mirror.files["tokenizer.json"]
    with pytest.raises(PullFailed, match=r"tokenizer\.json does not exist"):
        pull(MODEL, tmp_path / "models", mirror.url, quiet)


def test_a_folder_carried_by_hand_is_taken(files: dict[str, bytes], tmp_path: Path):
    carried = tmp_path / "usb"
    carried.mkdir()
    with pytest.raises(PullFailed, match=r"has no file onnx/model\.onnx"):
        import_folder(MODEL, tmp_path / "models", carried, quiet)
    (carried / "model.onnx").write_bytes(files["onnx/model.onnx"])
    (carried / "tokenizer.json").write_bytes(files["tokenizer.json"])
    assert verify(import_folder(MODEL, tmp_path / "models", carried, quiet)) == []


def test_the_command_lists_pulls_and_verifies(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AISTACK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("AISTACK_MODELS_MIRROR", mirror.url)
    assert LISTED.sha256["tokenizer.json"] in CliRunner().invoke(main, ["models", "show", MODEL.name]).output
    monkeypatch.setitem(KNOWN, MODEL.name, MODEL)
    run = CliRunner().invoke
    assert "MIT" in run(main, ["models", "list"]).output
    pulled = run(main, ["models", "pull", MODEL.name])
    assert pulled.exit_code == 0 and f"RAG_EMBEDDER={MODEL.name}" in pulled.output
    assert "installed" in run(main, ["models", "list"]).output
    assert "is unchanged" in run(main, ["models", "verify", MODEL.name]).output
    assert run(main, ["models", "pull", "gpt-9"]).exit_code == 1
