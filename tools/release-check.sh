#!/usr/bin/env bash
# Builds releases of the same tree in two directories and compares them byte by byte, and
# holds what goes with the binaries: checksums, licences, bill of materials, signature.
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
ssh-keygen -q -t ed25519 -N '' -C check -f "$work/key"
export SIGNING_KEY=$work/key
DIST=$work/dist/one "$work/one/tools/release.sh" $version "$@" >"$work/log"
(
	[ -z "$cold" ] || export GOCACHE=$work/cache
	umask 077
	export DIST=$work/dist/two TZ=Pacific/Apia LC_ALL=C
	"$work/somewhere/else/tools/release.sh" $version "$@" >"$work/log"
)

diff -r "$work/dist/one" "$work/dist/two" || { echo 'release: the second build gives other bytes'; exit 1; }
for binary in "$work"/dist/one/*; do
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

# What goes with the binaries names every module that one of them links.
cd "$work/dist/one"
for binary in twinbill_*_*; do
	modules=$(go version -m "$binary" | awk '$1 == "dep" {print $2 " " $3}')
	[ -n "$modules" ] || { echo "release: $binary does not say what it links"; exit 1; }
	while read -r module is; do
		grep -qxF "$module $is" THIRD_PARTY_NOTICES || { echo "release: THIRD_PARTY_NOTICES has no text of $module $is"; exit 1; }
		grep -qF "\"purl\": \"pkg:golang/$module@$is\"" twinbill.cdx.json || { echo "release: twinbill.cdx.json does not list $module $is"; exit 1; }
	done <<<"$modules"
done
for license in 'Permission is hereby granted' 'Apache License' 'Mozilla Public License' 'Copyright 2009 The Go Authors'; do
	grep -qF "$license" THIRD_PARTY_NOTICES || { echo "release: THIRD_PARTY_NOTICES has no \"$license\""; exit 1; }
done
for file in *; do
	[[ $file = SHA256SUMS* ]] || grep -q " [ *]\{0,1\}$file\$" SHA256SUMS || { echo "release: SHA256SUMS does not list $file"; exit 1; }
done

# The signature holds for these checksums and for no others.
printf 'releases@twinbill %s\n' "$(cat "$work/key.pub")" >"$work/signers"
signed() { ssh-keygen -q -Y verify -f "$work/signers" -I releases@twinbill -n twinbill-release -s SHA256SUMS.sig >/dev/null 2>&1; }
signed <SHA256SUMS || { echo 'release: the signature does not hold'; exit 1; }
! sed 's/^./0/' SHA256SUMS | sed '1s/^./f/' | signed || { echo 'release: the signature holds for other checksums'; exit 1; }

cat SHA256SUMS
echo "release: the same bytes from two directories$([ -z "$cold" ] || echo ' and two caches')"
