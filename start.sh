#!/usr/bin/env bash
# Starts and stops AI Stack on this machine. `./start.sh help` says how.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
. scripts/environment
. scripts/containers

FIRST_MODEL=smollm2-135m # tiny: it shows that everything works, and fits everywhere

usage() {
  cat <<'TEXT'
./start.sh local [--models] [--empty] [--processes]
                             set up and start the stack on this machine, in the background, without Docker
                             (--models: with a small language model that runs here, a download of 98 MB;
                             --empty: no demo documents; --processes: each service in its own process)
./start.sh single            one container with all services
./start.sh multi             Compose, one container per service
./start.sh production        Compose with nginx and TLS, several instances, PostgreSQL, Redis, ChromaDB, MinIO
./start.sh status [--json]   show which services run, where, and their health
./start.sh logs [-f]         print the log
./start.sh stop              drain and stop
./start.sh help              show this text

Settings: stack.toml or the environment (`.venv/bin/aistack config --about` lists them all).
TEXT
}

start_local() {
  local words=(--demo) kind=runtime word
  for word in "$@"; do
    case "$word" in
      --empty) words[0]=--empty ;;
      --models) kind=local ;;
      --processes) words+=(--processes) ;;
      *) echo "start.sh: local does not take '$word'; it takes --models, --empty and --processes" >&2; exit 2 ;;
    esac
  done
  ensure_environment "$kind"
  if [ "$kind" = local ]; then
    .venv/bin/aistack models use "$FIRST_MODEL"
  fi
  exec .venv/bin/aistack up "${words[@]}"
}

# start_containers FILE TARGET...
start_containers() {
  local file="$1" other port image url
  shift
  need_docker
  if other="$(running_file)"; then
    if [ "$other" = "$file" ]; then
      say "AI Stack is already running ($file)."
    else
      complain "AI Stack runs already, from $other" "./start.sh stop"
      exit 1
    fi
  fi
  build_images "$@"
  image="$(image_of "$1")"
  render_compose "$image"
  make_secrets "$COMPOSE_FOLDER/secrets"
  url=""
  if [ "$file" = docker-compose.prod.yml ]; then
    make_production_secrets "$image" "$COMPOSE_FOLDER/secrets"
    url="https://$(served_host)"
  fi
  say "Starting ..."
  if ! compose "$file" up -d --remove-orphans; then
    complain "Not everything was started" "a taken port is named above: set it in stack.toml; otherwise ./start.sh logs"
    exit 1
  fi
  until_healthy 180
  port="$(sed -n 's/.*AISTACK_PUBLISH:-127.0.0.1}:\([0-9]*\):.*/\1/p' "$COMPOSE_FOLDER/$file" | head -1)"
  [ -n "$url" ] || url="http://127.0.0.1:$port"
  compose "$file" ps
  cat <<TEXT

  Console  $url/
  Key      $COMPOSE_FOLDER/secrets/gateway_admin_key

  Try:
    curl -k -H "Authorization: Bearer \$(cat $COMPOSE_FOLDER/secrets/gateway_admin_key)" $url/api/health/all

  Stop with: ./start.sh stop   Logs: ./start.sh logs -f
TEXT
}

# on_what_runs COMMAND ARGUMENTS...: with Compose where containers run, else with the stack's own command.
on_what_runs() {
  local command="$1" file
  shift
  if command -v docker >/dev/null && docker info >/dev/null 2>&1 && find_compose 2>/dev/null && file="$(running_file)"; then
    case "$command" in
      status) compose "$file" ps ;;
      logs) compose "$file" logs --tail=50 "$@" ;;
      down) compose "$file" down && echo "AI Stack stopped." ;;
    esac
    return
  fi
  if [ ! -x .venv/bin/aistack ]; then
    echo "AI Stack is not running; start it with: ./start.sh local"
    exit 3
  fi
  exec .venv/bin/aistack "$command" "$@"
}

command="${1:-help}"
[ $# -gt 0 ] && shift
case "$command" in
  local) start_local "$@" ;;
  single) start_containers docker-compose.single.yml all-in-one ;;
  multi | production)
    file=docker-compose.yml
    [ "$command" = multi ] || file=docker-compose.prod.yml
    read -ra models <<<"$(model_services stack.toml)"
    start_containers "$file" gateway rag trend connection query ai ${models[@]+"${models[@]}"}
    ;;
  status | logs) on_what_runs "$command" "$@" ;;
  stop) on_what_runs down "$@" ;;
  help | -h | --help) usage ;;
  *)
    echo "start.sh: unknown command '$command'" >&2
    usage >&2
    exit 2
    ;;
esac
