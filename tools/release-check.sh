#!/usr/bin/env bash
# Builds releases of the same tree in two directories and compares them byte by byte.
# usage: tools/release-check.sh [--cold] [OS/ARCH]...
# One platform by default, which shares Go's build cache with the machine; --cold gives
# the second build an empty cache of its own, so that every package is compiled again.
set -euo pipefail
cd "$(dirname "$0")/.."

cold=
if [ "${1:-}" = --cold ]; then
	cold=1
	shift
fi
[ $# -gt 0 ] || set -- linux/amd64

version=v0.0.0-check
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
for copy in one somewhere/else; do
	mkdir -p "$work/$copy"
	git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - --ignore-failed-read | tar -xf - -C "$work/$copy"
done
DIST=$work/dist/one "$work/one/tools/release.sh" $version "$@" >"$work/log"
(
	[ -z "$cold" ] || export GOCACHE=$work/cache
	umask 077
	export DIST=$work/dist/two TZ=Pacific/Apia LC_ALL=C
	"$work/somewhere/else/tools/release.sh" $version "$@" >"$work/log"
)

diff -r "$work/dist/one" "$work/dist/two" || { echo 'release: the second build gives other bytes'; exit 1; }
for binary in "$work"/dist/one/twinbill_*; do
	for place in "$work" "$PWD/cmd" "$(go env GOMODCACHE)"; do
		! grep -qaF "$place" "$binary" || { echo "release: $(basename "$binary") names $place, a directory of this machine"; exit 1; }
	done
done
native=$work/dist/one/twinbill_$(go env GOHOSTOS)_$(go env GOHOSTARCH)
if [ -x "$native" ]; then
	[ "$("$native" version)" = "twinbill $version" ] || { echo "release: the binary says $("$native" version)"; exit 1; }
	if [ "$(go env GOHOSTOS)" = linux ] && grep -qaF /ld-linux "$native"; then
		echo 'release: the binary is not static'
		exit 1
	fi
fi
cat "$work/dist/one/SHA256SUMS"
echo "release: the same bytes from two directories$([ -z "$cold" ] || echo ' and two caches')"
