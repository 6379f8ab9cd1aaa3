"""doctor, certs, secrets and host-tuning: what they find, make and change, and what they say of bad input."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

from aistack.deploy.machine import host_tuning
from aistack.deploy.machine.certificates import make_certificate
from aistack.deploy.machine.doctor import examine
from aistack.deploy.secrets import make_secrets
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from harness.processes import free_port


def described(folder: Path, toml: str = ""):
    path = folder / "stack.toml"
    ports = "".join(
        f"[services.{name}]\nport = {free_port()}\n" for name in ("rag", "trend", "connection", "query", "ai")
    )
    path.write_text(f"[stack]\ndata_dir = '{folder}/data'\n{ports}[services.gateway]\nport = {free_port()}\n{toml}")
    return load_stack(path, {})


def command(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "aistack.cli", *words]
    return subprocess.run(whole, env=os.environ | environ, capture_output=True, text=True, timeout=60)


class TestDoctor:
    def found(self, folder: Path, toml: str = "") -> dict[str, tuple[str, str, str]]:
        return {one.what: (one.state, one.found, one.fix) for one in examine(described(folder, toml))}

    def test_a_sound_machine_has_nothing_that_fails(self, tmp_path: Path):
        found = self.found(tmp_path)
        assert not [one for one in found.values() if one[0] == "failed"], found
        assert {"Python", "description", "data folder", "disk", "tesseract"} <= found.keys()

    def test_every_finding_that_is_not_well_has_a_fix(self, tmp_path: Path):
        found = self.found(tmp_path, 'redis_url = "redis://127.0.0.1:1/0"\nlog_level = "loud"\n')
        assert all(fix for state, _, fix in found.values() if state != "ok"), found

    def test_a_taken_port_names_its_holder_and_the_setting(self, tmp_path: Path):
        stack = described(tmp_path)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", stack.services["rag"].port))
            taken.listen()
            found = {one.what: one for one in examine(stack)}[f"port {stack.services['rag'].port}"]
        assert found.state == "failed"
        assert f"pid {os.getpid()}" in found.found and "RAG_PORT" in found.fix

    def test_a_server_that_is_away_is_found_and_its_password_not_shown(self, tmp_path: Path):
        away = f'database_url = "postgresql://me:hunter2hunter2@127.0.0.1:{free_port()}/x"\n'
        state, said, fix = self.found(tmp_path, away)["gateway.database_url"]
        assert state == "failed" and "start that server" in fix
        assert "hunter2" not in said + fix

    def test_a_clock_that_is_off_is_found(self, tmp_path: Path):
        with http_server(time.time() + 7200) as port:
            found = self.found(tmp_path, f'jwt_jwks_url = "http://127.0.0.1:{port}/keys"\n')["gateway.jwt_jwks_url"]
        assert found[0] == "warning" and "clock is off by 7" in found[1] and "NTP" in found[2]

    def test_a_wrong_setting_is_told_as_a_start_would(self, tmp_path: Path):
        state, said, _ = self.found(tmp_path, 'log_level = "loud"\n')["description"]
        assert state == "failed" and "services.gateway.log_level = 'loud'" in said

    def test_an_open_data_folder_is_told(self, tmp_path: Path):
        (tmp_path / "data").mkdir(mode=0o755)
        (tmp_path / "data").chmod(0o755)
        state, _, fix = self.found(tmp_path)["data folder"]
        assert (state, fix) == ("warning", f"chmod 700 {tmp_path}/data")

    def test_the_command_ends_with_1_when_something_fails(self, tmp_path: Path):
        stack = described(tmp_path, 'redis_url = "redis://127.0.0.1:1/0"\n')
        done = command("doctor", "--json", AISTACK_STACK=str(stack.source))
        assert done.returncode == 1
        assert any(one["what"] == "gateway.redis_url" and one["state"] == "failed" for one in json.loads(done.stdout))
        assert "-> start that server" in command("doctor", AISTACK_STACK=str(stack.source)).stdout


@contextmanager
def http_server(now: float) -> Iterator[int]:
    """Answers one request with a Date of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            connection.recv(1024)
            connection.sendall(f"HTTP/1.0 200 OK\r\nDate: {formatdate(now, usegmt=True)}\r\n\r\n".encode())
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


class TestCertificates:
    def test_one_is_trusted_for_its_names(self, tmp_path: Path):
        make_certificate(tmp_path, ["stack.example", "10.0.0.7"], 30)
        shown = subprocess.run(
            ["openssl", "x509", "-in", tmp_path / "tls.crt", "-noout", "-text"], capture_output=True, text=True
        ).stdout
        for name in ("DNS:stack.example", "IP Address:10.0.0.7", "DNS:localhost", "IP Address:127.0.0.1"):
            assert name in shown
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")

    def test_one_that_is_there_is_kept_unless_told_to(self, tmp_path: Path):
        first = make_certificate(tmp_path, ["a.example"], 1)
        with pytest.raises(StackError, match="replace it with --force"):
            make_certificate(tmp_path, ["a.example"], 1)
        assert make_certificate(tmp_path, ["a.example"], 1, replace=True) != first

    @pytest.mark.parametrize("host", ["", "two words", "例.example"])
    def test_what_is_no_name_is_refused(self, tmp_path: Path, host: str):
        with pytest.raises(StackError, match="is not a host name"):
            make_certificate(tmp_path, [host], 1)
        assert not (tmp_path / "tls.key").exists()

    def test_a_folder_that_cannot_be_written_is_told(self):
        done = command("certs", "--out", "/proc/nowhere", "--host", "a.example")
        assert done.returncode == 1 and "cannot be written" in done.stderr


class TestSecrets:
    def test_what_is_missing_is_made_and_what_is_there_stays(self, tmp_path: Path):
        stack = described(tmp_path)
        made = make_secrets(stack, tmp_path / "s", production=False)
        assert [one.name for one in made] == ["aistack_secret", "encryption_key", "gateway_admin_key"]
        assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700
        key = (tmp_path / "s/gateway_admin_key").read_text()
        assert key.startswith("ask_") and len(key) > 40
        more = make_secrets(stack, tmp_path / "s", production=True)
        assert "postgres_password" in {one.name for one in more}
        assert (tmp_path / "s/gateway_admin_key").read_text() == key
        assert make_secrets(stack, tmp_path / "s", production=True) == []

    def test_urls_hold_the_passwords_that_are_there(self, tmp_path: Path):
        (tmp_path / "s").mkdir()
        (tmp_path / "s/postgres_password").write_text("a-password-of-the-operator\n")
        make_secrets(described(tmp_path), tmp_path / "s", production=True)
        assert ":a-password-of-the-operator@postgres" in (tmp_path / "s/rag_database_url").read_text()

    def test_a_weak_one_is_refused(self, tmp_path: Path):
        (tmp_path / "s").mkdir()
        (tmp_path / "s/aistack_secret").write_text("secret\n")
        with pytest.raises(StackError, match="too weak; delete it"):
            make_secrets(described(tmp_path), tmp_path / "s", production=False)

    @pytest.mark.parametrize("way", ["variable", "file", "credential"])
    def test_a_service_finds_a_secret_however_it_is_given(self, tmp_path: Path, way: str):
        stack = described(tmp_path)
        url = "postgresql://me:hunter2hunter2@db/x"
        (tmp_path / "rag_database_url").write_text(f"# of the operator\n{url}\n")
        environ = {
            "variable": {"RAG_DATABASE_URL": url},
            "file": {"RAG_DATABASE_URL_FILE": str(tmp_path / "rag_database_url")},
            "credential": {"CREDENTIALS_DIRECTORY": str(tmp_path)},
        }[way]
        done = command("config", "rag", "--json", AISTACK_STACK=str(stack.source), **environ)
        row = next(one for one in json.loads(done.stdout) if one["key"] == "database_url")
        assert row["value"] == "********" and row["source"] != "default"
        assert "hunter2" not in done.stdout

    def test_a_file_without_a_secret_stops_the_start(self, tmp_path: Path):
        (tmp_path / "empty").write_text("\n")
        stack = described(tmp_path)
        done = command("config", "rag", AISTACK_STACK=str(stack.source), RAG_DATABASE_URL_FILE=str(tmp_path / "empty"))
        assert done.returncode == 1 and "which contains no secret" in done.stderr


class TestConfig:
    def test_it_lists_how_people_sign_in_without_secrets(self, tmp_path: Path):
        stack = described(tmp_path)
        with stack.source.open("a") as file:
            file.write(
                "\n[identity]\npublic_url = 'https://ai.example.com'\n[[identity.providers]]\nname = 'keycloak'\n"
                "issuer = 'https://login.example.com/realms/main'\nclient_id = 'ai-stack'\n"
                "client_secret = '$OF_KEYCLOAK'\n"
            )
        environ = {"AISTACK_STACK": str(stack.source), "OF_KEYCLOAK": "hunter2hunter2", "AISTACK_PASSWORDS": "false"}
        done = command("config", "identity", "--json", **environ)
        rows = {one["key"]: (one["value"], one["source"]) for one in json.loads(done.stdout)}
        assert rows["public_url"] == ("https://ai.example.com", str(stack.source))
        assert rows["passwords"] == (False, "$AISTACK_PASSWORDS")
        assert rows["session_seconds"][1] == "default"
        assert rows["providers.keycloak.client_secret"] == ("********", "$OF_KEYCLOAK")
        assert "hunter2" not in done.stdout


class TestHostTuning:
    def proc(self, folder: Path, **values: int) -> Path:
        for key in host_tuning.WANTED:
            path = folder / "proc" / key.replace(".", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{values.get(path.name.replace('-', '_'), 128)}\n")
        return folder / "proc"

    def test_what_is_low_is_raised_kept_and_set_back(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(host_tuning.shutil, "which", lambda name: None)
        proc = self.proc(tmp_path, file_max=9_000_000)
        places = {"proc": proc, "kept": tmp_path / "sysctl.d/60.conf", "before": tmp_path / "before.json"}
        done = host_tuning.apply(described(tmp_path), **places)
        assert done == ["net.core.somaxconn = 4096 (was 128)", "net.ipv4.tcp_max_syn_backlog = 8192 (was 128)"]
        assert (proc / "net/core/somaxconn").read_text() == "4096"
        assert (proc / "fs/file-max").read_text() == "9000000\n"  # it was enough
        assert "net.core.somaxconn = 4096" in places["kept"].read_text()
        assert host_tuning.apply(described(tmp_path), **places) == []
        host_tuning.undo(**places)
        assert (proc / "net/core/somaxconn").read_text() == "128"
        assert not places["kept"].exists()
        with pytest.raises(StackError, match="nothing to undo"):
            host_tuning.undo(**places)

    def test_a_firewall_opens_nginx_and_closes_the_rest(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "ufw").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/ufw.log\necho Rule added\n')
        (programs / "ufw").chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        places = {"proc": self.proc(tmp_path), "kept": tmp_path / "60.conf", "before": tmp_path / "before.json"}
        stack = described(tmp_path)
        host_tuning.apply(stack, **places)
        host_tuning.undo(**places)
        said = (tmp_path / "ufw.log").read_text().splitlines()
        port = stack.services["gateway"].port
        assert said[:2] == ["allow 80/tcp", "allow 443/tcp"] and f"deny {port}/tcp" in said
        assert f"delete deny {port}/tcp" in said

    def test_without_root_it_says_so(self, tmp_path: Path):
        proc = self.proc(tmp_path)
        with pytest.raises(StackError, match="run this as root"):
            host_tuning.apply(described(tmp_path), proc, Path("/proc/nowhere/60.conf"), tmp_path / "before.json")

    def test_the_command_shows_and_changes_nothing(self):
        shown = command("host-tuning")
        assert shown.returncode == 0
        assert "net.core.somaxconn" in shown.stdout and "ufw allow 443/tcp" in shown.stdout
