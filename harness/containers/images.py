"""Images on a base that is made here, and clones to build them from."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from harness.containers.docker import Docker
from harness.processes import REPOSITORY

BASE_IMAGE = "python:3.11-slim-bookworm"
BASE_PACKAGES = "python3,python3-pip,python3-venv,ca-certificates,binutils,procps,curl"
MIRROR = "http://deb.debian.org/debian"
CACHE = Path("/var/cache/aistack-tests")
HOST = "172.17.0.1"  # this machine, as containers of every network see it
VERSION = "0.1.0"
TARGETS = (
    "all-in-one",
    "gateway",
    "rag",
    "trend",
    "connection",
    "query",
    "ai",
    "sidecar",
    "worker",
)  # the first has all


def base_image(docker: Docker) -> str:
    """Debian with Python and pip under the name that the Dockerfile expects; this machine's authorities are trusted.

    Its root file system is made by debootstrap once a machine and kept in CACHE.
    """
    authorities = sorted(Path("/usr/local/share/ca-certificates").glob("*.crt"))
    mark = hashlib.sha256(BASE_PACKAGES.encode() + b"".join(one.read_bytes() for one in authorities)).hexdigest()[:12]
    archive = CACHE / f"base-{mark}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        root = CACHE / f"base-{mark}-{os.getpid()}"
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", "bookworm", str(root), MIRROR],
            capture_output=True, text=True,
        )  # fmt: skip
        assert made.returncode == 0, made.stdout[-2000:]
        for one in authorities:
            shutil.copy(one, root / "usr/local/share/ca-certificates")
        subprocess.run(["chroot", root, "update-ca-certificates"], check=True, capture_output=True)
        shutil.rmtree(root / "var/cache/apt/archives")
        subprocess.run(["tar", "-C", root, "-cf", f"{archive}.new", "."], check=True)
        Path(f"{archive}.new").replace(archive)
        shutil.rmtree(root)
    if not docker.run("images", "-q", f"base:{mark}"):
        docker.run("import", str(archive), f"base:{mark}")
    docker.run("tag", f"base:{mark}", BASE_IMAGE)
    return BASE_IMAGE


def build_images(docker: Docker) -> dict[str, str]:
    """Every image of ours by its target, built as `start.sh` builds them."""
    docker.script("bash", "-ec", f". scripts/containers; build_images {' '.join(TARGETS)}")
    return {name: f"ai-stack/{name}:{VERSION}" for name in TARGETS}


def clone(folder: Path) -> Path:
    """The tracked and new files of this work tree, as a new clone has them."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, check=True,
    ).stdout  # fmt: skip
    names = [name for name in listed.decode().split("\0") if name and (REPOSITORY / name).is_file()]
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, place)
    return folder
