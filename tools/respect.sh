#!/usr/bin/env bash
# Runs the scenarios with another Arazzo runner, Redocly Respect, against a twin of
# its own: respect.sh BINARY [CHECK-ID-PREFIX]... Needs Node.js and, the first time,
# the npm registry: see tools/redocly-env.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${1:?usage: respect.sh BINARY [CHECK-ID-PREFIX]...}
shift
source tools/redocly-env.sh

work=$(mktemp -d "$PWD/$cache/run.XXXXXX")
twin=
finish() {
	if [[ -n $twin ]]; then
		kill "$twin" 2>/dev/null || true
		wait "$twin" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

touch "$work/stdout" "$work/stderr"
"$binary" serve --addr 127.0.0.1:0 >"$work/stdout" 2>"$work/stderr" &
twin=$!
url=
for _ in {1..100}; do
	url=$(sed -n 's/^listening on //p' "$work/stdout")
	[[ -n $url ]] && break
	kill -0 "$twin" 2>/dev/null || break
	sleep 0.1
done
if [[ -z $url ]]; then
	cat "$work/stderr" >&2
	echo "respect: the twin did not start" >&2
	exit 2
fi

node tools/respect.mjs "$url" $cache "$work" "$@"
