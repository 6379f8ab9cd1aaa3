#!/usr/bin/env bash
# Starts and stops AI Stack on this machine. `./start.sh help` says how.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
. scripts/environment

usage() {
  cat <<'TEXT'
./start.sh local [--empty]   set up and start the stack on this machine, in the background
                             (--empty: without the demo set)
./start.sh status [--json]   what runs, where, how it is
./start.sh logs [-f]         the stack's log
./start.sh stop              drain and stop
./start.sh help              this text

Settings: stack.toml, or the environment (`.venv/bin/aistack config --about` lists all).
TEXT
}

command="${1:-help}"
[ $# -gt 0 ] && shift
case "$command" in
  local)
    demo=--demo
    for word in "$@"; do
      case "$word" in
        --empty) demo=--empty ;;
        *) echo "start.sh: local does not take '$word'; it takes --empty" >&2; exit 2 ;;
      esac
    done
    ensure_environment runtime
    exec .venv/bin/aistack up "$demo"
    ;;
  status | logs | stop)
    if [ ! -x .venv/bin/aistack ]; then
      echo "AI Stack is not set up here; run: ./start.sh local"
      exit 3
    fi
    [ "$command" = stop ] && command=down
    exec .venv/bin/aistack "$command" "$@"
    ;;
  help | -h | --help) usage ;;
  *)
    echo "start.sh: there is no '$command'" >&2
    usage >&2
    exit 2
    ;;
esac
