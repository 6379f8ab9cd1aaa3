"""The OpenMP runtime that llama.cpp needs, `libgomp.so.1`: the system's, or one that another package brings.

Small systems and container images lack it. Wheels of other packages (numkong, torch) contain it under a name of their
own, so a folder with a link of the right name is put into the search path of the model's process.
"""

import ctypes
import sys
from pathlib import Path

NAME = "libgomp.so.1"
PLACES = ("*.libs/libgomp-*.so*", f"torch/lib/{NAME}")


def library_path(folder: Path, held: str) -> str:
    """The value of LD_LIBRARY_PATH for a process that needs the runtime; `held` is the present one.

    A link is made in `folder` when the system has no runtime. Without any, the present value is returned.
    """
    try:
        ctypes.CDLL(NAME)
    except OSError:
        found = packaged()
        if found is not None:
            (folder / NAME).symlink_to(found)
            return f"{folder}:{held}" if held else str(folder)
    return held


def packaged() -> Path | None:
    """The runtime in an installed package."""
    for root in map(Path, sys.path):
        for pattern in PLACES:
            for path in sorted(root.glob(pattern)):
                return path
    return None
