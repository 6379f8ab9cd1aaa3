#!/usr/bin/env bash
# Optional services on their own, beside a gateway that is always there: in containers or as systemd units.
# scripts/deploy_sidecar.sh docker|systemd SERVICE|PROFILE|all ACTION; without arguments it says more.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/environment
. scripts/containers

HOME_FOLDER=/opt/ai-stack
ETC=/etc/ai-stack
UNITS=/etc/systemd/system
SERVICES=(rag trend connection query ai)
FILE=docker-compose.sidecar.yml

usage() {
  cat <<TEXT
scripts/deploy_sidecar.sh docker|systemd WHAT ACTION

  WHAT    gateway, ${SERVICES[*]}, models, a profile of stack.toml, or all. The gateway comes with each;
          models are the worker and the sidecar, once stack.toml names models for the worker.
  ACTION  install    docker: build images, make secrets      systemd: program, user, secrets, units
          enable     docker: start with the engine           systemd: start with the machine
          start, stop, restart, status, logs
          uninstall  takes away what install brought; data and secrets stay
TEXT
}

refuse() {
  complain "$1" "${2:-}"
  exit "${3:-1}"
}

# The description in force: that of the machine for units, once there is one.
stack_file() {
  if [ "$mode" = systemd ] && [ -f "$ETC/stack.toml" ]; then echo "$ETC/stack.toml"; else echo stack.toml; fi
}

# The services that a word means, the gateway first.
services_of() {
  local word="$1" members models
  models="$(model_services "$(stack_file)")"
  case "$word" in
    all) echo gateway "${SERVICES[@]}" "$models" ;;
    gateway) echo gateway ;;
    models) [ -z "$models" ] || echo gateway "$models" ;;
    worker | sidecar) [ -z "$models" ] || echo gateway "$word" ;;
    *)
      if [[ " ${SERVICES[*]} " == *" $word "* ]]; then
        echo gateway "$word"
        return
      fi
      members="$(sed -n "/^\[profiles\]/,/^\[/s/^$word *= *\[\(.*\)\].*/\1/p" stack.toml | tr -d '",')"
      [ -n "$members" ] || return 1
      echo gateway "$members" | tr ' ' '\n' | awk '!seen[$0]++' | tr '\n' ' '
      ;;
  esac
}

with_docker() {
  local action="$1" profiles=() service ids
  need_docker
  for service in "${services[@]}"; do
    [ "$service" = gateway ] || profiles+=(--profile "$service")
  done
  sidecar() { "${COMPOSE[@]}" -p "$PROJECT" -f "$COMPOSE_FOLDER/$FILE" ${profiles[@]+"${profiles[@]}"} "$@"; }
  case "$action" in
    install)
      build_images "${services[@]}"
      render_compose "$(image_of gateway)"
      make_secrets "$COMPOSE_FOLDER/secrets"
      sidecar up --no-start "${services[@]}"
      say "Installed. Start it: scripts/deploy_sidecar.sh docker $what start"
      ;;
    enable)
      mapfile -t ids < <(sidecar ps -q)
      docker update --restart unless-stopped "${ids[@]}" >/dev/null
      say "Starts with the Docker engine from now on."
      ;;
    start)
      sidecar up -d "${services[@]}"
      until_healthy 120 "${services[@]}"
      sidecar ps
      ;;
    stop)
      sidecar stop "${chosen[@]}"
      ;;
    restart)
      for service in "${chosen[@]}"; do
        say "Restarting $service ..."
        sidecar restart "$service"
        until_healthy 120 "$service"
      done
      ;;
    status) sidecar ps ;;
    logs)
      sidecar logs --tail=50 "${chosen[@]}"
      ;;
    uninstall) sidecar down --remove-orphans ;;
  esac
}

with_systemd() {
  local action="$1" units=() own=() service unit flags=()
  for service in "${services[@]}"; do
    units+=("ai-stack-$service.service")
  done
  for service in "${chosen[@]}"; do
    own+=("ai-stack-$service.service")
  done
  command -v systemctl >/dev/null || refuse "This machine has no systemd" "use: scripts/deploy_sidecar.sh docker $what $action"
  case "$action" in
    status)
      systemctl --no-pager --lines=0 status ai-stack-gateway.socket "${units[@]}"
      return
      ;;
    logs)
      for unit in "${own[@]}"; do
        flags+=(-u "$unit")
      done
      journalctl --no-pager -n 50 "${flags[@]}"
      return
      ;;
  esac
  [ "$(id -u)" = 0 ] || refuse "systemd units are managed by root" "sudo scripts/deploy_sidecar.sh systemd $what $action"
  case "$action" in
    install) install_units ;;
    enable)
      systemctl enable --quiet ai-stack.target ai-stack-gateway.socket "${units[@]}"
      say "Starts with the machine from now on."
      ;;
    start)
      if ! systemctl start ai-stack-gateway.socket "${units[@]}"; then
        complain "Not everything started" "journalctl -u ${units[-1]} -n 20"
        exit 1
      fi
      say "Started: ${units[*]}"
      ;;
    stop)
      systemctl stop "${own[@]}"
      if [ "${chosen[0]}" = gateway ]; then
        systemctl stop ai-stack-gateway.socket
      fi
      ;;
    restart)
      for unit in "${own[@]}"; do # one after the other, each when the one before is ready
        systemctl restart "$unit"
        say "Restarted $unit"
      done
      ;;
    uninstall) uninstall_units ;;
  esac
}

# Also the upgrade: what is there is replaced, and running units are restarted by `restart`.
install_units() {
  local lock=requirements/runtime.lock sum folder
  [ -z "$(model_services "$(stack_file)")" ] || lock=requirements/local.lock
  say "Program: $HOME_FOLDER"
  mkdir -p "$HOME_FOLDER" "$ETC"
  if [ ! -x "$HOME_FOLDER/venv/bin/python" ]; then
    make_venv "$(find_python)" "$HOME_FOLDER/venv"
  fi
  sum="$(sha256sum <"$lock")"
  if [ "$(cat "$HOME_FOLDER/venv/.installed" 2>/dev/null)" != "$sum" ]; then
    "$HOME_FOLDER/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
      --only-binary :all: -r "$lock"
    echo "$sum" >"$HOME_FOLDER/venv/.installed"
  fi
  folder="$HOME_FOLDER/code-$(date +%Y%m%d%H%M%S)-$$"
  mkdir -p "$folder"
  cp -R src/aistack "$folder/aistack"
  cp -R docs "$folder/aistack/demo/docs"
  cp stack.toml "$folder/aistack/stack/default.toml"
  "$HOME_FOLDER/venv/bin/python" -m compileall -q "$folder"
  ln -sfn "$folder" "$HOME_FOLDER/code.new"
  mv -T "$HOME_FOLDER/code.new" "$HOME_FOLDER/code"
  find "$HOME_FOLDER" -maxdepth 1 -name 'code-*' ! -path "$folder" -exec rm -rf {} +
  echo "$HOME_FOLDER/code" >"$("$HOME_FOLDER/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/aistack.pth"
  printf '#!%s/venv/bin/python\nfrom aistack.cli import main\n\nmain(prog_name="aistack")\n' "$HOME_FOLDER" >"$HOME_FOLDER/venv/bin/aistack"
  chmod 755 "$HOME_FOLDER/venv/bin/aistack"
  [ -f "$ETC/stack.toml" ] || cp stack.toml "$ETC/stack.toml"
  make_secrets "$ETC/secrets"
  say "Units: $UNITS"
  folder="$(mktemp -d)"
  if ! AISTACK_STACK="$ETC/stack.toml" "$HOME_FOLDER/venv/bin/aistack" render systemd --out "$folder" >/dev/null; then
    rm -rf "$folder"
    exit 1
  fi
  cp "$folder"/units/* "$UNITS/"
  mkdir -p /usr/lib/sysusers.d
  cp "$folder/sysusers.conf" /usr/lib/sysusers.d/ai-stack.conf
  rm -rf "$folder"
  systemd-sysusers
  systemctl daemon-reload
  say "Installed. Start it: scripts/deploy_sidecar.sh systemd $what start"
}

uninstall_units() {
  local path
  for path in "$UNITS"/ai-stack*.socket "$UNITS"/ai-stack*.service "$UNITS"/ai-stack.target; do
    [ -e "$path" ] || continue
    systemctl disable --quiet --now "$(basename "$path")" 2>/dev/null || true
    rm -f "$path"
  done
  rm -rf "$HOME_FOLDER" /usr/lib/sysusers.d/ai-stack.conf
  systemctl daemon-reload
  systemctl reset-failed 2>/dev/null || true
  say "Removed. Data is still in /var/lib/ai-stack, settings and secrets in $ETC."
}

if [ $# -ne 3 ]; then
  usage >&2
  exit 2
fi
mode="$1" what="$2" action="$3"
case "$action" in
  install | enable | start | stop | restart | status | logs | uninstall) ;;
  *) refuse "There is no action '$action'" "install, enable, start, stop, restart, status, logs, uninstall" 2 ;;
esac
read -ra services <<<"$(services_of "$what")"
if [ ${#services[@]} -eq 0 ]; then
  refuse "'$what' is no service and no profile" "gateway, ${SERVICES[*]}, models (named in [services.worker]), all, or a name under [profiles] in stack.toml" 2
fi
chosen=("${services[@]}") # what stop, restart and logs are about: the gateway only where it was asked for
if [ "$what" != gateway ] && [ "$what" != all ]; then
  chosen=("${services[@]:1}")
fi
case "$mode" in
  docker) with_docker "$action" ;;
  systemd) with_systemd "$action" ;;
  *) refuse "There is no mode '$mode'" "docker or systemd" 2 ;;
esac
