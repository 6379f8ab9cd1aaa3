"""A Docker engine of our own, with everything it keeps in one folder."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.processes import REPOSITORY, missing, program, until

KEPT_ENGINE = "AISTACK_TESTS_DOCKER"  # a folder: the engine there is used again and left running


class Docker:
    """A Docker engine of our own; `run` and `compose` raise AssertionError with what was said."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "docker.sock"
        self.environ = os.environ | {
            "DOCKER_HOST": f"unix://{self.socket}",
            "DOCKER_BUILDKIT": "1",
            "PATH": f"/usr/bin:{os.environ['PATH']}",  # Debian's client builds with what the engine brings
        }

    def answers(self) -> bool:
        return subprocess.run(["docker", "info"], env=self.environ, capture_output=True).returncode == 0

    def run(self, *words: str, check: bool = True, stdin: bytes | None = None, seconds_max: float = 600) -> str:
        done = subprocess.run(
            ["docker", *words], env=self.environ, input=stdin, capture_output=True, timeout=seconds_max, cwd=REPOSITORY
        )
        said = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
        assert done.returncode == 0 or not check, f"docker {' '.join(words)}: {said[-3000:]}"
        return done.stdout.decode("utf-8", "replace").strip()

    def script(self, *words: str, cwd: Path = REPOSITORY, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One of our scripts, with this engine."""
        done = subprocess.run(words, env=self.environ, capture_output=True, text=True, timeout=600, cwd=cwd)
        assert done.returncode == 0 or not check, f"{words}: {done.stdout[-2000:]} {done.stderr[-3000:]}"
        return done

    def compose(self, folder: Path, file: str, *words: str, check: bool = True) -> str:
        whole = ["docker-compose", "-p", "ai-stack", "-f", str(folder / file), *words]
        done = subprocess.run(whole, env=self.environ, capture_output=True, text=True, timeout=600, cwd=folder)
        assert done.returncode == 0 or not check, f"{' '.join(whole)}: {done.stdout[-1500:]} {done.stderr[-3000:]}"
        return done.stdout.strip()

    def until_ready(self, container: str, seconds_max: float = 60) -> None:
        """Runs the container's own health check until it succeeds, sooner than the engine runs it next."""
        check = json.loads(self.run("inspect", "-f", "{{json .Config.Healthcheck.Test}}", container))[1:]
        script = ("docker", "exec", container, *check)
        what = f"the health of {container}"
        until(lambda: self.script(*script, check=False).returncode == 0, seconds_max, what, pause=0.5)

    def address(self, container: str) -> str:
        found = self.run("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}", container)
        return found.split()[0]


def start_engine(
    engine: Docker, folder: Path, *options: str, before: tuple[str, ...] = ()
) -> "subprocess.Popen[bytes]":
    """An engine that keeps everything in a folder."""
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*before, "dockerd", "--data-root", folder / "data", "--exec-root", folder / "exec", "-p", folder / "pid",
             "-H", f"unix://{engine.socket}", *options],
            stdout=log, stderr=log, start_new_session=KEPT_ENGINE in os.environ,
        )  # fmt: skip
    until(lambda: server.poll() is not None or engine.answers(), 60, "the Docker engine")
    assert server.poll() is None, (folder / "log").read_text()[-2000:]
    return server


@contextmanager
def docker_engine() -> Iterator[Docker]:
    """Raises NotInstalled. The engine in the folder that AISTACK_TESTS_DOCKER names is used again and left running."""
    if os.getuid() != 0:
        missing("root, which a Docker engine needs")
    for name in ("dockerd", "debootstrap", "docker-compose"):
        program(name)
    folder = Path(os.environ.get(KEPT_ENGINE, f"/tmp/aistack-docker-{os.getpid()}"))
    folder.mkdir(exist_ok=True)
    engine = Docker(folder)
    if engine.answers():
        yield engine
        return
    server = start_engine(engine, folder)
    try:
        yield engine
    finally:
        if KEPT_ENGINE not in os.environ:
            if containers := engine.run("ps", "-aq").split():
                engine.run("rm", "-f", *containers)
            server.terminate()
            server.wait()
            subprocess.run(["rm", "-rf", folder])
