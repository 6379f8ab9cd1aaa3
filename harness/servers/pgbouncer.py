"""PgBouncer from Debian's packages, in transaction pooling."""

import os
import pwd
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit

from harness.processes import child, free_port, program, until

CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {size}
logfile = {folder}/log
pidfile = {folder}/pid
"""


@contextmanager
def pgbouncer(url: str, size: int = 2) -> Iterator[str]:
    """The URL of a database behind PgBouncer, which has `size` connections to it. Raises NotInstalled."""
    server = program("pgbouncer", "PgBouncer")
    parts, listen = urlsplit(url), free_port()
    folder = Path(mkdtemp(prefix="aistack-pgbouncer-", dir="/tmp"))
    try:
        database = parts.path[1:]
        text = CONFIGURATION.format(host=parts.hostname, port=parts.port, listen=listen, folder=folder, size=size)
        (folder / "settings.ini").write_text(text.replace("* = ", f"* = user={parts.username} "))
        (folder / "users.txt").write_text(f'"{parts.username}" "trusted"\n')
        identity: dict[str, int] = {}
        if os.getuid() == 0:
            account = pwd.getpwnam("postgres")
            for path in (folder, *folder.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
            identity = {"user": account.pw_uid, "group": account.pw_gid}
        with child([server, "-q", str(folder / "settings.ini")], cwd="/", **identity):
            until(lambda: _listens(listen), what="PgBouncer")
            yield f"postgresql://{parts.username}@127.0.0.1:{listen}/{database}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
