#!/usr/bin/env bash
# Builds static binaries into dist/, with the licences of what they link in
# THIRD_PARTY_NOTICES, a software bill of materials in twinbill.cdx.json (CycloneDX), and
# the checksums of all in SHA256SUMS.
# usage: [SIGNING_KEY=FILE] tools/release.sh [VERSION [OS/ARCH]...]
# SIGNING_KEY is an SSH key, or the public half of one that ssh-agent holds: with it,
# SHA256SUMS.sig is written. docs/releasing.md says how to check it.
# VERSION is that of `git describe` by default; all platforms are built by default.
# The same tree, version and Go release give the same bytes, wherever the tree stands.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:-$(git describe --tags --always --dirty)}
shift || true
if [ $# -eq 0 ]; then
	set -- linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
fi
case $version in
*[!A-Za-z0-9.+_-]* | '')
	echo "release: a version has letters, digits and . + _ - only, not \"$version\"" >&2
	exit 2
	;;
esac
out=${DIST:-dist}
SIGNING_KEY=${SIGNING_KEY:+$(realpath "$SIGNING_KEY")}
if [ -n "$SIGNING_KEY" ] && [ ! -r "$SIGNING_KEY" ]; then
	echo "release: SIGNING_KEY: there is no $SIGNING_KEY to read" >&2
	exit 2
fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out"/twinbill_* "$out"/{SHA256SUMS,SHA256SUMS.sig,LICENSE,THIRD_PARTY_NOTICES,twinbill.cdx.json}

# What the surroundings could bring into a binary is set here.
export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off GOEXPERIMENT='' GOAMD64=v1 GOARM64=v8.0 GOFIPS140=off

for platform in "$@"; do
	os=${platform%/*} arch=${platform#*/}
	name=twinbill_${os}_$arch
	[ "$os" != windows ] || name+=.exe
	started=$SECONDS
	GOOS=$os GOARCH=$arch go build -trimpath -buildvcs=false \
		-ldflags "-s -w -buildid= -X main.version=$version" -o "$out/$name" ./cmd/twinbill
	printf 'release: %s %s in %d s\n' "$name" "$version" $((SECONDS - started))
done

cp LICENSE "$out/LICENSE"
go run -C tools/notices . "$out" "$version"

cd "$out"
released=(LICENSE THIRD_PARTY_NOTICES twinbill.cdx.json twinbill_*)
if command -v sha256sum >/dev/null; then
	sha256sum "${released[@]}" >SHA256SUMS
else
	shasum -a 256 "${released[@]}" >SHA256SUMS # macOS
fi
cat SHA256SUMS
if [ -n "${SIGNING_KEY:-}" ]; then
	ssh-keygen -q -Y sign -f "$SIGNING_KEY" -n twinbill-release SHA256SUMS
fi
