#!/bin/sh
# Installs the packages of one lock file into /opt/ai-stack/packages. Run while an image is built.
set -eu
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --no-compile \
  --require-hashes --only-binary :all: --target /opt/ai-stack/packages -r "$1"
python3 pack.py /opt/ai-stack/packages
