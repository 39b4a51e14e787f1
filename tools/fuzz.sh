#!/usr/bin/env bash
# Runs every fuzz target of the module, each for the number of inputs given (default 20000x).
# A count, since a run bounded in seconds may fail with "context deadline exceeded" where its
# time ends between two inputs (https://github.com/golang/go/issues/75804).
set -euo pipefail
cd "$(dirname "$0")/.."

for file in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do
	package=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
		echo "fuzz $package $target"
		go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "${1:-20000x}" -fuzzminimizetime 10x
	done
done
