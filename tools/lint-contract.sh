#!/usr/bin/env bash
# Lints the OpenAPI and Arazzo documents with Redocly's recommended rules. An error or
# a warning in any of them fails.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/redocly-env.sh

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
redocly lint --extends recommended --max-problems 20 openapi/ripple.yaml openapi/cloudhealth.yaml openapi/sandbox.yaml \
	conformance/scenarios/*/*.arazzo.yaml 2>&1 | tee .cache/redocly/lint.log
if grep -Eq '[0-9]+ warnings?' .cache/redocly/lint.log; then
	echo 'lint: warnings count as errors here' >&2
	exit 1
fi
