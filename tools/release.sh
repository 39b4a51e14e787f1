#!/usr/bin/env bash
# Builds static binaries into dist/, with their checksums in dist/SHA256SUMS.
# usage: tools/release.sh [VERSION [OS/ARCH]...]
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
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out"/twinbill_* "$out/SHA256SUMS"

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

cd "$out"
if command -v sha256sum >/dev/null; then
	sha256sum twinbill_* >SHA256SUMS
else
	shasum -a 256 twinbill_* >SHA256SUMS # macOS
fi
cat SHA256SUMS
