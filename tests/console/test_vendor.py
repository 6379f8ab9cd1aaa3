"""The console's libraries are what `scripts/vendor` makes of the lock file."""

import hashlib
import subprocess
from pathlib import Path

from harness.node_packages import node, node_packages
from harness.processes import REPOSITORY

VENDOR = REPOSITORY / "src" / "aistack" / "console" / "static" / "vendor"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_bundling_again_gives_the_same_bytes(tmp_path: Path):
    subprocess.run([node(), node_packages() / "bundle.mjs", tmp_path], check=True, timeout=300)
    made, kept = contents(tmp_path), contents(VENDOR)
    assert sorted(made) == sorted(kept)
    assert [name for name in made if made[name] != kept[name]] == []


def test_every_file_has_its_hash():
    lines = [line.split("  ") for line in (VENDOR / "hashes.txt").read_text().splitlines()]
    kept = contents(VENDOR)
    del kept["hashes.txt"]
    assert {name: digest for digest, name in lines} == {
        name: hashlib.sha256(content).hexdigest() for name, content in kept.items()
    }
