"""An OpenSSH server that forwards ports for one key."""

import getpass
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.processes import accepts, child, free_port, program, until

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/mine.pub
PidFile {folder}/pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding local
"""


@dataclass
class Sshd:
    """`key` is the private key that opens it."""

    port: int
    host_key: str
    key: str
    process: "subprocess.Popen[bytes]"

    @property
    def described(self) -> dict:
        return {
            "ssh_host": "127.0.0.1", "ssh_port": self.port, "ssh_user": getpass.getuser(), "ssh_key": self.key,
            "ssh_host_key": self.host_key,
        }  # fmt: skip


@contextmanager
def sshd(folder: Path) -> Iterator[Sshd]:
    """Its keys `host`, `mine` and `other` (which opens nothing) are made in the folder. Raises NotInstalled."""
    server, port = program("sshd", "OpenSSH's server"), free_port()
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "mine", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    with child([server, "-D", "-e", "-f", folder / "config"]) as process:
        until(lambda: accepts(port), 10, "sshd")
        yield Sshd(port, (folder / "host.pub").read_text(), (folder / "mine").read_text(), process)
