"""Makes a folder of installed packages as small as it can be and still work, and writes down what is in it.

Removes what is only for building, testing and reading; strips symbols from libraries where `strip` is there; compiles
to bytecode. What is in a folder is written as CycloneDX 1.6.
"""

import compileall
import importlib.metadata
import json
import os
import shutil
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from py_compile import PycInvalidationMode

LOAD = 1  # PT_LOAD
READ_AS_TEXT = "_static_version.py"  # of ADBC's drivers
FOR_BUILDING = (".pyx", ".pxd", ".pxi", ".c", ".cpp", ".h", ".hpp", ".a", ".pyi")
FOR_OTHERS = (
    "bin",
    "**/tests",
    "**/test",
    "huggingface_hub",  # tokenizers names them, and needs them for downloads only, which we do ourselves
    "hf_xet*",
    "onnxruntime/transformers",
    "onnxruntime/tools",
    "onnxruntime/quantization",
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/*flight*",
    "pyarrow/*s3*",
    "pyarrow/*gcs*",
    "pyarrow/*azure*",
    "pyarrow/*orc*",
)


def main(folder: Path) -> None:
    for pattern in FOR_OTHERS:
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in list(folder.rglob("*")):
        if path.suffix in FOR_BUILDING and path.is_file():
            path.unlink()
    if shutil.which("strip"):
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(strip, [one for one in folder.rglob("*.so*") if one.is_file()]))
    mode = PycInvalidationMode.UNCHECKED_HASH  # the same bytes for the same module
    if not compileall.compile_dir(
        folder, quiet=2, legacy=True, stripdir=str(folder), workers=0, invalidation_mode=mode
    ):
        print("some modules are not for this Python and stay as they are")
    for path in list(folder.rglob("*.py")):
        if path.name != READ_AS_TEXT and path.with_suffix(".pyc").exists():
            path.unlink()


def strip(library: Path) -> None:
    """Takes the symbols out of a library, and puts it back as it was when it could not be loaded any more.

    Libraries whose paths were edited when their wheel was made come out of `strip` with segments off their pages.
    """
    before = library.read_bytes()
    done = subprocess.run(["strip", "--strip-unneeded", library], check=False, capture_output=True)  # noqa: S603, S607
    if done.returncode != 0 or not loadable(library.read_bytes()):
        library.write_bytes(before)


def loadable(elf: bytes) -> bool:
    """Whether every segment to be loaded lies in the file as it will in memory, modulo its alignment (ELF-64)."""
    table, size, count = struct.unpack_from("<Q", elf, 32)[0], *struct.unpack_from("<HH", elf, 54)
    for number in range(count):
        kind, _, offset, address, _, _, _, alignment = struct.unpack_from("<IIQQQQQQ", elf, table + number * size)
        if kind == LOAD and alignment and (offset - address) % alignment:
            return False
    return True


def write_sbom(folder: Path, out: Path) -> None:
    components = [
        {
            "type": "library",
            "name": found.metadata["Name"],
            "version": found.version,
            "purl": f"pkg:pypi/{found.metadata['Name'].lower()}@{found.version}",
            "licenses": [{"license": {"name": found.metadata.get("License-Expression") or "see its metadata"}}],
        }
        for found in sorted(
            importlib.metadata.distributions(path=[str(folder)]), key=lambda one: one.metadata["Name"].lower()
        )
    ]
    out.write_text(
        json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}, indent=1)
    )
