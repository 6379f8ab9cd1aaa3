"""A machine with systemd: a container whose first process is init, with our sources to install from."""

import json
from pathlib import Path

from harness.containers.docker import Docker
from harness.processes import until

DOCKERFILE = """FROM {base}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd systemd-sysv dbus >/dev/null \\
 && rm -rf /var/lib/apt/lists/*
CMD ["/bin/sh", "-c", "mount --make-rshared / && exec /sbin/init"]
"""
# Docker's own init of mounts is private; systemd hands credentials over through shared ones.
CAPABILITIES = (
    "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
    "--tmpfs", "/run", "--tmpfs", "/run/lock", "-v", "/sys/fs/cgroup:/sys/fs/cgroup:rw",
)  # fmt: skip


class Machine:
    """Runs until `stop`."""

    def __init__(self, docker: Docker, base: str, sources: Path) -> None:
        self.docker = docker
        docker.run("build", "-q", "-t", "ai-stack-machine", "-", stdin=DOCKERFILE.format(base=base).encode())
        mounted = ("-v", f"{sources}:/src:ro", "-v", "/root/.cache/pip:/root/.cache/pip")
        self.name = docker.run("run", "-d", *CAPABILITIES, *mounted, "ai-stack-machine")
        until(
            lambda: self.sh("systemctl is-system-running", check=False).startswith(("running", "degraded")), 30, "init"
        )
        self.sh("mkdir /work && cp -r /src/. /work/")
        self.address = docker.address(self.name)

    def sh(self, script: str, check: bool = True) -> str:
        return self.docker.run("exec", self.name, "sh", "-c", f"exec 2>&1; {script}", check=check)

    def deploy(self, what: str, action: str, check: bool = True) -> str:
        return self.sh(f"/work/scripts/deploy_sidecar.sh systemd {what} {action}", check=check)

    def show(self, unit: str, *properties: str) -> dict[str, str]:
        said = self.sh(f"systemctl show {unit} -p {','.join(properties)}")
        return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)

    def stop(self) -> None:
        self.docker.run("rm", "-f", self.name)


def states(docker: Docker, name: str) -> dict:
    return json.loads(docker.run("inspect", name))[0]["State"]
