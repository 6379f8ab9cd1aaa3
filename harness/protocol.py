"""Generates the inference protocol's code from proto/ with grpcio-tools: `python -m harness.protocol [FOLDER]`.

Writes the messages for Python (with their types) and the descriptors that reflection serves. A unit test compares what
it writes with what is committed.
"""

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

from harness.processes import REPOSITORY, missing

PROTO = REPOSITORY / "proto"
GENERATED = REPOSITORY / "src/aistack/inference/protocol"
MODULES = ("ai_service_pb2.py", "ai_service_pb2.pyi")
DESCRIPTORS = "descriptors.binpb"
SERVED = ("cy/llm/ai_service.proto", "grpc/health/v1/health.proto")


def generate(folder: Path) -> list[Path]:
    """Writes the generated files into a folder. Raises NotInstalled without grpcio-tools."""
    if importlib.util.find_spec("grpc_tools") is None:
        missing("grpcio-tools")
    from grpc_tools import protoc

    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch)
        arguments = ["protoc", f"-I{PROTO}", f"--python_out={out}", f"--pyi_out={out}", "cy/llm/ai_service.proto"]
        if protoc.main(arguments):
            raise SystemExit("proto/cy/llm/ai_service.proto cannot be compiled")
        if protoc.main(["protoc", f"-I{PROTO}", f"--descriptor_set_out={out / DESCRIPTORS}", *SERVED]):
            raise SystemExit("the descriptors cannot be written")
        for name in MODULES:
            shutil.copy(out / "cy/llm" / name, folder / name)
        shutil.copy(out / DESCRIPTORS, folder / DESCRIPTORS)
    return [folder / name for name in (*MODULES, DESCRIPTORS)]


if __name__ == "__main__":
    for path in generate(Path(sys.argv[1]) if len(sys.argv) > 1 else GENERATED):
        print(path)
