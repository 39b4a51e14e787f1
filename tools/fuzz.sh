#!/usr/bin/env bash
# Runs every fuzz target of the module, each for the number of inputs given (default 20000x),
# guided by coverage, or by chance where a second argument says "unguided": instrumented
# binaries take minutes to build.
# A count, since a run bounded in seconds may fail with "context deadline exceeded" where its
# time ends between two inputs (https://github.com/golang/go/issues/75804).
set -euo pipefail
cd "$(dirname "$0")/.."

guidance=(-fuzz=Fuzz)
[ "${2:-}" = unguided ] && guidance=()
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=$(go env GOCACHE)/fuzz
for package in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n 1 dirname | sort -u); do
	go test -c ${guidance[@]+"${guidance[@]}"} -o "$work/fuzz.test" "./$package"
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$package"/*_test.go); do
		echo "fuzz ./$package $target"
		(cd "$package" && "$work/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "${1:-20000x}" \
			-test.fuzzminimizetime 10x -test.fuzzcachedir "$cache/$(basename "$package")")
	done
done
