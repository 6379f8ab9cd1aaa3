"""MariaDB from Debian's packages."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from harness.certificates import write_certificate
from harness.processes import child, free_port, program, until


@dataclass(slots=True)
class MariaDB:
    """A server whose root has no password; it can be stopped and started again with its data.

    `certificate` is a file, None without TLS.
    """

    port: int
    words: Sequence[object]
    certificate: Path | None = None
    running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        self.running.enter_context(child(list(self.words), cwd="/"))
        ping = ["mariadb-admin", "--no-defaults", "-h127.0.0.1", f"-P{self.port}", "-uroot", "ping"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        until(lambda: subprocess.run(ping, **quiet).returncode == 0, what="MariaDB")

    def stop(self) -> None:
        self.running.close()

    def execute(self, script: str) -> None:
        """Runs statements as root. Raises CalledProcessError."""
        words = ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{self.port}", "-uroot"]
        words.append("--default-character-set=utf8mb4")
        subprocess.run(words, input=script.encode(), check=True, capture_output=True)


@contextmanager
def mariadb(*, tls: bool = False) -> Iterator[MariaDB]:
    """A server for the time of the block; as root it runs as the user `mysql`. Raises NotInstalled."""
    server = program("mariadbd", "MariaDB")
    folder, port = Path(mkdtemp(prefix="aistack-mariadb-", dir="/tmp")), free_port()
    folder.chmod(0o755)
    user = "mysql" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if tls:
        write_certificate(folder, "database")
    for path in (folder, *folder.iterdir()) if os.getuid() == 0 else ():
        os.chown(path, pwd.getpwnam("mysql").pw_uid, -1)
    how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    common = ["--no-defaults", f"--user={user}", f"--datadir={folder / 'data'}"]
    try:
        install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, **how)
        words = [
            server, *common, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s",
            "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--secure-file-priv=",
            *([f"--ssl-cert={folder}/cert.pem", f"--ssl-key={folder}/key.pem"] if tls else []),
        ]  # fmt: skip
        made = MariaDB(port, words, folder / "cert.pem" if tls else None)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
