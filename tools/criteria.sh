#!/usr/bin/env bash
# Holds another Arazzo runner, Redocly Respect, to the table of criteria that the suite is
# held to. Needs Node.js and, the first time, the npm registry: see tools/redocly-env.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/redocly-env.sh

work=$(mktemp -d "$PWD/$cache/run.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
node tools/criteria.mjs "$cache" "$work"
