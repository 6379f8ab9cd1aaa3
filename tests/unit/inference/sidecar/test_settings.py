"""The sidecar's settings: defaults, sidecar.toml, the environment, and what is said about a wrong one."""

from pathlib import Path

import pytest

from aistack.inference.sidecar.settings import InvalidSettings, SidecarSettings, WorkerAddress, resolve


def test_without_anything_the_defaults_are_in_force(tmp_path: Path):
    resolved = resolve({}, tmp_path)
    assert resolved.settings == SidecarSettings()
    assert set(resolved.sources.values()) == {"default"}
    assert resolved.settings.workers == (WorkerAddress("cy_worker", "unix:/tmp/cy_worker.sock"),)


def test_the_environment_goes_over_the_file_and_the_file_over_the_defaults(tmp_path: Path):
    file = tmp_path / "sidecar.toml"
    file.write_text(
        '[server]\nbind_addr = "0.0.0.0:50051"\nworker_uds = ["unix:///run/a.sock", "gpu=unix:///run/b.sock", "h:1"]\n'
        "[health]\ncheck_interval_secs = 5\nreconnect_delay_secs = 2\n"
        '[observability]\nmetrics_port = 9191\nlog_level = "debug"\n'
    )
    environ = {"SIDECAR_BIND_ADDR": "127.0.0.1:6000", "SIDECAR_LOG_LEVEL": "WARN", "SIDECAR_METRICS_PORT": " "}
    settings, sources = (resolved := resolve(environ, tmp_path)).settings, resolved.sources
    assert settings.bind_addr == "127.0.0.1:6000"
    assert [one.name for one in settings.workers] == ["a", "gpu", "h:1"]
    assert (settings.check_interval_secs, settings.reconnect_delay_secs) == (5, 2)
    assert (settings.metrics_port, settings.log_level) == (9191, "warning")
    assert (sources["bind_addr"], sources["metrics_port"]) == ("SIDECAR_BIND_ADDR", str(file))
    assert any("127.0.0.1:6000" in line and "SIDECAR_BIND_ADDR" in line for line in resolved.lines())


def test_another_file_can_be_named(tmp_path: Path):
    (tmp_path / "other.toml").write_text("[queue]\nwaiting_max = 3\n")
    environ = {"SIDECAR_CONFIG": str(tmp_path / "other.toml"), "SIDECAR_WORKER_UDS": "unix:///a.sock,unix:///b.sock"}
    settings = resolve(environ, Path("/nowhere")).settings
    assert settings.waiting_max == 3
    assert len(settings.workers) == 2


@pytest.mark.parametrize(
    ("toml", "environ", "said"),
    [
        ("", {"SIDECAR_CONFIG": "/no/such.toml"}, "SIDECAR_CONFIG = '/no/such.toml': there is no such file"),
        ("[server", {}, "is not valid TOML"),
        ("[server]\nbind = 1\n", {}, "[server] bind is not a key; allowed here: bind_addr"),
        ("bind_addr = 'x'\n", {}, "bind_addr belongs into one of the tables server, health"),
        ("[server]\nbind_addr = 'nowhere'\n", {}, "[server] bind_addr = 'nowhere' is not allowed; "),
        ("[server]\nworker_uds = 'unix://tmp/x'\n", {}, "must be absolute"),
        ("[server]\nworker_uds = []\n", {}, "give 1 to 64 workers"),
        ("[server]\nworker_uds = ['unix:///a', '/a']\n", {}, "is there twice"),
        ("[health]\ncheck_interval_secs = 'soon'\n", {}, "give a number"),
        ("[queue]\nwaiting_max = true\n", {}, "give a number"),
        ("", {"SIDECAR_METRICS_PORT": "70000"}, "SIDECAR_METRICS_PORT = 70000 is not allowed; give a number from 0 to"),
        ("", {"SIDECAR_LOG_LEVEL": "loud"}, "one of debug, info, warning, error"),
        ("", {"SIDECAR_PEER_UIDS": "root"}, "give user ids as numbers"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_and_what_is_allowed(tmp_path: Path, toml: str, environ: dict, said: str):
    (tmp_path / "sidecar.toml").write_text(toml)
    with pytest.raises(InvalidSettings) as refused:
        resolve(environ, tmp_path)
    assert said in str(refused.value)
