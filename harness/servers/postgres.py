"""PostgreSQL from Debian's packages, and databases on it."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from harness.processes import child, free_port, missing, until


class PostgresServer:
    """A server that can be stopped and started again with its data. `url` is that of an empty database."""

    def __init__(self, url: str, words: Sequence[object], ready: Sequence[object], how: dict[str, Any]) -> None:
        self.url = url
        self._words, self._ready, self._how = words, ready, how
        self._running = ExitStack()

    def start(self) -> None:
        process = self._running.enter_context(child([str(one) for one in self._words], **self._how))
        self._running.callback(process.send_signal, signal.SIGINT)  # clients do not hold up the shutdown
        until(lambda: subprocess.run(self._ready, **self._how).returncode == 0, what="PostgreSQL")

    def stop(self) -> None:
        self._running.close()


@contextmanager
def postgres_server(*, user: str = "tester", everywhere: bool = False) -> Iterator[PostgresServer]:
    """A server from Debian's packages; `user` is its superuser, without a password.

    `everywhere` has it listen on every address, for containers. As root it runs as the user `postgres`. Raises
    NotInstalled.
    """
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not homes:
        missing("PostgreSQL")
    programs = homes[-1].parent
    folder, port = Path(mkdtemp(prefix="aistack-postgres-", dir="/tmp")), free_port()
    identity: dict[str, int] = {}
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid}
    how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"} | identity
    data = folder / "data"
    try:
        initdb = [programs / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, **how)
        if everywhere:
            with (data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all 0.0.0.0/0 trust\n")
        address = "0.0.0.0" if everywhere else "127.0.0.1"
        words = [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-h", address, "-c", "fsync=off"]
        ready = [programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
        server = PostgresServer(f"postgresql://{user}@127.0.0.1:{port}/postgres", words, ready, how)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres(*, user: str = "tester", everywhere: bool = False) -> Iterator[str]:
    """The URL of a server's empty database, as `postgres_server` makes it."""
    with postgres_server(user=user, everywhere=everywhere) as server:
        yield server.url


async def new_database(server: str) -> str:
    """The URL of a new, empty database on a PostgreSQL server."""
    import asyncpg

    name = f"t{free_port()}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"DROP DATABASE IF EXISTS {name}")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return server.rpartition("/")[0] + f"/{name}"
