"""Sockets' files: a stale one is replaced, and a process removes its own and no other."""

from pathlib import Path

import pytest

from aistack.http2.unix_sockets import SocketRefused, bind, remove, socket_id


def test_a_process_that_stops_leaves_the_socket_of_the_one_that_took_its_place(tmp_path: Path):
    path = tmp_path / "own" / "w.sock"
    first = bind(path)
    own = socket_id(path)
    first.close()
    second = bind(path)  # nobody listens on the first one any more
    remove(path, own)
    assert socket_id(path) is not None
    with pytest.raises(SocketRefused, match="another process listens"):
        bind(path)
    remove(path, socket_id(path))
    assert socket_id(path) is None
    remove(path, own)
    second.close()
