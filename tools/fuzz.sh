#!/usr/bin/env bash
# Runs every fuzz target of the module, each for the time given (default 10s).
set -euo pipefail
cd "$(dirname "$0")/.."

for file in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz'); do
	package=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$file"); do
		echo "fuzz $package $target"
		go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "${1:-10s}" -fuzzminimizetime 10x
	done
done
