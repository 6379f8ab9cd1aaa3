"""Prometheus: scrape targets, alerting rules, and Alertmanager's routes."""

from collections.abc import Iterable
from typing import Any

from aistack.deploy.instances import instances
from aistack.deploy.rendering.containers import METRICS_PORT
from aistack.deploy.rendering.serialization import yaml_of
from aistack.stack.catalogue import PROGRAMS, SIDECAR
from aistack.stack.description import Stack

SCRAPE_SECONDS = 15


def render(stack: Stack) -> dict[str, str]:
    """For Prometheus on the stack's machine."""
    found = instances(stack, "")
    jobs: dict[str, list[str]] = {}
    for one in found:
        if one.service.name in PROGRAMS:
            continue
        port = METRICS_PORT if one.service.name == "gateway" and stack.identity else one.port
        jobs.setdefault(one.service.name, []).append(f"127.0.0.1:{port}")
    local = stack.local_models
    if stack.enabled_programs and local.metrics_port:
        jobs[SIDECAR] = [f"{local.sidecar_host}:{local.metrics_port}"]
    return {
        "prometheus.yml": configuration(
            [{"job_name": name, "static_configs": [{"targets": targets}]} for name, targets in jobs.items()],
            ["127.0.0.1:9093"],
        ),
        "rules.yml": rules(stack),
        "alertmanager.yml": alertmanager(),
    }


def by_name(services: Iterable[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Jobs that discover all instances behind a DNS name. `services` are (job, name, port)."""
    return [
        {"job_name": job, "dns_sd_configs": [{"names": [name], "type": "A", "port": port, "refresh_interval": "10s"}]}
        for job, name, port in services
    ]


def configuration(jobs: list[dict[str, Any]], alertmanagers: list[str]) -> str:
    """`prometheus.yml`, beside `rules.yml`."""
    return yaml_of(
        {
            "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"},
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": alertmanagers}]}]},
            "scrape_configs": jobs,
        }
    )


def rules(stack: Stack) -> str:
    """The alerts. Memory limits come from the description."""
    memory = [
        _alert(
            "MemoryUsageHigh",
            f'process_resident_memory_bytes{{job="{one.name}"}} > {one.limits.memory_mib * 1024 * 1024 * 8 // 10}',
            "5m",
            "warning",
            f"{one.name} at {{{{ $labels.instance }}}} uses more than 80% of its {one.limits.memory_mib} MiB",
            service=one.name,
        )
        for one in (*stack.enabled, *(one for one in stack.enabled_programs if one.name == SIDECAR))
    ]
    seconds = "histogram_quantile(0.95, sum by (le, service) (rate(aistack_time_to_first_byte_seconds_bucket[2m])))"
    certificate = "aistack_tls_certificate_expiry_timestamp_seconds - time() < 14 * 86400"
    errors = 'sum by (service) (rate(aistack_requests_total{job="gateway",status=~"5.."}[1m]))'
    total = 'sum by (service) (rate(aistack_requests_total{job="gateway"}[1m]))'
    alerts = [
        _alert("InstanceDown", "up == 0", "1m", "critical", "{{ $labels.job }} at {{ $labels.instance }} is down"),
        _alert(
            "HighResponseTime",
            f"{seconds} > 5",
            "2m",
            "warning",
            "{{ $labels.service }}: p95 time to first byte is above 5 s",
        ),
        _alert(
            "HighErrorRate",
            f"{errors} / {total} > 0.05",
            "1m",
            "critical",
            "{{ $labels.service }}: more than 5% of responses are 5xx",
        ),
        _alert(
            "BreakerOpen",
            "aistack_breaker_state == 2",
            "30s",
            "warning",
            "{{ $labels.service }}: the circuit breaker is open",
        ),
        _alert(
            "DescriptorsRunningOut",
            "process_open_fds / process_max_fds > 0.8",
            "2m",
            "warning",
            "{{ $labels.job }} at {{ $labels.instance }} uses more than 80% of its file descriptors",
        ),
        _alert(
            "EventLoopBlocked",
            "max_over_time(aistack_event_loop_lag_seconds[1m]) > 1",
            "1m",
            "warning",
            "{{ $labels.job }} at {{ $labels.instance }}: the event loop was blocked for more than 1 s",
        ),
        _alert(
            "CertificateNearExpiry",
            certificate,
            "1h",
            "warning",
            "{{ $labels.job }} at {{ $labels.instance }}: the TLS certificate expires in less than 14 days",
        ),
        *(_of_models() if stack.enabled_programs else ()),
        *memory,
    ]
    return yaml_of({"groups": [{"name": stack.name, "rules": alerts}]})


def _of_models() -> list[dict[str, Any]]:
    """The alerts about local models."""
    bad = 'sum(rate(sidecar_requests_by_status_total{status=~"INTERNAL|UNAVAILABLE|UNKNOWN"}[2m]))'
    first = "histogram_quantile(0.95, sum by (le) (rate(sidecar_time_to_first_token_seconds_bucket[5m])))"
    return [
        _alert(
            "ModelWorkerDown",
            "sidecar_worker_status == 0",
            "1m",
            "critical",
            "{{ $labels.instance }}: the worker {{ $labels.worker }} is not connected",
            service=SIDECAR,
        ),
        _alert(
            "ModelErrors",
            f"{bad} / sum(rate(sidecar_requests_total[2m])) > 0.05",
            "2m",
            "critical",
            "More than 5% of calls to local models fail",
            service=SIDECAR,
        ),
        _alert(
            "ModelQueueFull",
            "sum by (instance, reason) (rate(sidecar_rejected_total[5m])) > 0",
            "2m",
            "warning",
            "{{ $labels.instance }} rejects calls to local models: {{ $labels.reason }}",
            service=SIDECAR,
        ),
        _alert(
            "ModelFirstTokenSlow",
            f"{first} > 10",
            "5m",
            "warning",
            "Local models: p95 time to first token is above 10 s",
            service=SIDECAR,
        ),
    ]


def alertmanager() -> str:
    """Critical alerts inhibit warnings about the same service. The operator fills in the receivers."""
    return yaml_of(
        {
            "route": {"receiver": "operators", "group_by": ["alertname", "service"], "repeat_interval": "4h"},
            "receivers": [{"name": "operators"}],
            "inhibit_rules": [
                {
                    "source_matchers": ["severity = critical"],
                    "target_matchers": ["severity = warning"],
                    "equal": ["service"],
                }
            ],
        }
    )


def _alert(name: str, expression: str, duration: str, severity: str, summary: str, **labels: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": duration,
        "labels": {"severity": severity} | labels,
        "annotations": {"summary": summary},
    }
