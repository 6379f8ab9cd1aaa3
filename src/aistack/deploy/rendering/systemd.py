"""systemd: a unit per service, a socket for the gateway, and a target that groups them.

The socket stays open while the gateway restarts, so no connection is refused. Services get their secrets as
credentials, can write only below `/var/lib/ai-stack`, and have no capabilities and few system calls.
"""

from aistack.chassis.listen_address import listen_address
from aistack.deploy.instances import Instance, instances
from aistack.deploy.rendering.containers import METRICS_PORT
from aistack.deploy.rendering.serialization import HEADER
from aistack.stack.description import SettingValue, Stack

HOME = "/opt/ai-stack"
ETC = "/etc/ai-stack"
DATA = "/var/lib/ai-stack"
USER = "ai-stack"
WATCHDOG_SECONDS = 30
STOP_SECONDS = 30

SANDBOX = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
DevicePolicy=closed
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0077
LimitCORE=0
LimitNOFILE=65536"""


def render(stack: Stack) -> dict[str, str]:
    """`units/` go to /etc/systemd/system, `sysusers.conf` to /usr/lib/sysusers.d, `stack.toml` to /etc/ai-stack."""
    found = instances(stack, DATA)
    units = {f"units/{unit_name(stack, one.unit)}": _service(stack, one) for one in found}
    gateway = unit_name(stack, "gateway")
    units[f"units/{gateway.removesuffix('.service')}.socket"] = _socket(stack)
    units[f"units/{stack.name}.target"] = _target(stack, [unit_name(stack, one.unit) for one in found])
    return units | {
        "sysusers.conf": f'{HEADER}\nu {USER} - "AI Stack" {DATA}\n',
        "stack.toml": stack.source.read_text("utf-8"),
    }


def unit_name(stack: Stack, unit: str) -> str:
    """The name of a unit file, such as `ai-stack-rag.service`."""
    return f"{stack.name}-{unit}.service"


def _service(stack: Stack, instance: Instance) -> str:
    service, limits = instance.service, instance.service.limits
    is_gateway = service.name == "gateway"
    socket = f"{stack.name}-gateway.socket"
    state = DATA.rpartition("/")[2]
    variables = {"AISTACK_STACK": f"{ETC}/stack.toml", "AISTACK_DATA_DIR": DATA, "LOG_FORMAT": "json"}
    variables |= dict(instance.environment)
    if is_gateway and stack.identity:
        variables["GATEWAY_METRICS_LISTEN"] = f"127.0.0.1:{METRICS_PORT}"
    after = f"network-online.target {socket if is_gateway else unit_name(stack, 'gateway')}"
    needs = f"Requires={socket}\n" if is_gateway else ""
    secrets = "\n".join(f"LoadCredential={one.lower()}:{ETC}/secrets/{one.lower()}" for one in service.entry.secrets)
    environment = "\n".join(f'Environment="{name}={value}"' for name, value in variables.items())
    return f"""\
{HEADER}
[Unit]
Description=AI Stack: {service.entry.title} ({service.entry.summary})
Documentation=https://github.com/ai-stack/ai-stack/blob/main/docs/deploy/systemd.md
{needs}Wants=network-online.target
After={after}
PartOf={stack.name}.target
StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=notify
NotifyAccess=main
ExecStart={HOME}/venv/bin/aistack up {service.name} --foreground
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec={WATCHDOG_SECONDS}
Restart=always
RestartSec=1
TimeoutStartSec=90
TimeoutStopSec={STOP_SECONDS}
KillMode=mixed
User={USER}
Group={USER}
StateDirectory={state}
StateDirectoryMode=0700
WorkingDirectory={DATA}
{environment}
EnvironmentFile=-{ETC}/environment
{secrets}
MemoryMax={limits.memory_mib}M
MemoryLow={limits.reserved_mib}M
CPUQuota={limits.cpus * 100:.0f}%
TasksMax=512
SyslogIdentifier={stack.name}-{instance.unit}
{SANDBOX}

[Install]
WantedBy={stack.name}.target
"""


def _socket(stack: Stack) -> str:
    gateway = stack.services["gateway"]
    default: SettingValue = ["127.0.0.1"]
    listen = gateway.settings.get("listen", default)
    entries = listen if isinstance(listen, list) else [str(listen)]
    addresses = [listen_address(entry, gateway.port) for entry in entries]
    streams = "\n".join(
        f"ListenStream={f'[{one.host}]' if ':' in one.host else one.host}:{one.port}"
        for one in addresses
        if one.path is None
    )
    return f"""\
{HEADER}
[Unit]
Description=AI Stack: listening sockets of the gateway, open during restarts
PartOf={stack.name}.target

[Socket]
{streams}
BindIPv6Only=ipv6-only
Backlog=4096
NoDelay=yes

[Install]
WantedBy=sockets.target
"""


def _target(stack: Stack, units: list[str]) -> str:
    return f"""\
{HEADER}
[Unit]
Description=AI Stack
Wants={" ".join(units)}

[Install]
WantedBy=multi-user.target
"""
