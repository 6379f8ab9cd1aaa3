"""Makes a folder of installed packages as small as it can be and still work, and writes down what is in it.

Run while an image is built: `pack.py FOLDER`. Removes what is only for building, testing and reading; strips symbols
from libraries where `strip` is there; compiles to bytecode; writes `sbom.cdx.json` (CycloneDX 1.6) beside the folder.
"""

import compileall
import importlib.metadata
import json
import shutil
import subprocess
import sys
from pathlib import Path

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
    "pyarrow/*substrait*",
    "pyarrow/*s3*",
    "pyarrow/*gcs*",
    "pyarrow/*azure*",
    "pyarrow/*orc*",
)


def main(folder: Path) -> None:
    write_sbom(folder, folder.with_name("sbom.cdx.json"))
    for pattern in FOR_OTHERS:
        for path in list(folder.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in list(folder.rglob("*")):
        if path.suffix in FOR_BUILDING and path.is_file():
            path.unlink()
    libraries = [str(path) for path in folder.rglob("*.so*") if path.is_file()]
    if shutil.which("strip") and libraries:
        subprocess.run(["strip", "--strip-unneeded", *libraries], check=False, stderr=subprocess.DEVNULL)  # noqa: S603, S607
    if not compileall.compile_dir(folder, quiet=2, legacy=True, stripdir=str(folder)):
        print("some modules are not for this Python and stay as they are")
    for path in list(folder.rglob("*.py")):
        if path.with_suffix(".pyc").exists():
            path.unlink()


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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
