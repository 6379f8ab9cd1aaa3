"""Types of the console's API calls, from a running stack's OpenAPI: `python -m harness.api_types FOLDER`."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aistack.stack.catalogue import CATALOGUE
from harness.node_packages import node, node_packages
from harness.processes import until
from harness.stack import Stack

ADMIN_KEY = "an-administrator-key-for-the-documents"
START_SECONDS_MAX = 60


def openapi_documents() -> dict[str, dict[str, Any]]:
    """The document of each service, by its name, with identity on, so that all there is is in it."""
    with TemporaryDirectory(prefix="aistack-") as name:
        stack = Stack(Path(name), AISTACK_IDENTITY="true", GATEWAY_ADMIN_KEY=ADMIN_KEY, AISTACK_API_KEY=ADMIN_KEY)
        stack.http.headers["authorization"] = f"Bearer {ADMIN_KEY}"

        def document(path: str) -> dict[str, Any]:
            until(lambda: stack.http.get(path).status_code == 200, START_SECONDS_MAX, path)
            return stack.http.get(path).json()

        try:
            stack.run("up")
            paths = {one.name: one.prefixes[0].rstrip("/") or "/gateway" for one in CATALOGUE.values() if one.prefixes}
            return {service: document(f"{path}/openapi.json") for service, path in paths.items()}
        finally:
            stack.down()


def write_api_types(folder: Path) -> None:
    """Writes `<service>.d.ts` for each service. Raises NotInstalled."""
    program, packages = node(), node_packages()
    with TemporaryDirectory() as name:
        for service, document in openapi_documents().items():
            (Path(name) / f"{service}.json").write_text(json.dumps(document))
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([program, packages / "api_types.mjs", name, folder], check=True, timeout=120)


if __name__ == "__main__":
    write_api_types(Path(sys.argv[1]))
