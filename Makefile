# Every target says what it does: `make help`.

GO ?= go
BIN := bin
LINT := $(BIN)/golangci-lint
FUZZTIME ?= 20000x

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the binary as bin/twinbill
	$(GO) build -o $(BIN)/twinbill ./cmd/twinbill

# The race detector sees a sample of these packages (sample_race_test.go); `make score`
# runs all of TestScore.
.PHONY: test
test: ## Run every test under the race detector, and whole without it what that sees a sample of
	$(GO) test -race -timeout 20m ./...
	$(GO) test -timeout 20m -skip '^TestScore$$' ./cmd/twinbill ./conformance ./conformance/score

.PHONY: generate
generate: ## Make the generated code anew from the contract
	$(GO) generate ./...

.PHONY: fmt
fmt: ## Format the code
	gofmt -w $$(git ls-files '*.go' ':!gen')

.PHONY: lint
lint: $(LINT) ## Check style, mistakes and the import arrows
	$(LINT) run ./...

# Built once and kept: it takes minutes. A change of its version builds it again.
$(LINT): tools/golangci-lint.mod tools/golangci-lint.sum
	@mkdir -p $(BIN)
	$(GO) build -modfile=tools/golangci-lint.mod -o $(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $(LINT)

.PHONY: lint-contract
lint-contract: ## Lint the OpenAPI and Arazzo documents (needs Node.js)
	tools/lint-contract.sh

.PHONY: respect
respect: build ## Run the scenarios with another Arazzo runner against the twin (needs Node.js)
	tools/respect.sh $(BIN)/twinbill

.PHONY: criteria
criteria: ## Hold another Arazzo runner to the table of criteria (needs Node.js)
	tools/criteria.sh

.PHONY: fuzz
fuzz: ## Run every fuzz target FUZZTIME each: a count of inputs, or seconds
	tools/fuzz.sh $(FUZZTIME) $(FUZZMODE)

.PHONY: bench
bench: ## Run the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: ledger
ledger: build ## Score the suite, and write docs/ledger.md and the README's counts anew
	$(BIN)/twinbill score --report json=$(BIN)/score.json
	$(GO) test ./docs -run '^TestLedger$$' -update -score $(CURDIR)/$(BIN)/score.json

# STRANGER=n judges every nth.
STRANGER ?= 1

.PHONY: stranger
stranger: ## Judge every lawful variant and planted bug of the independent deployment
	$(GO) test ./conformance -count=1 -timeout 60m -run '^TestStranger' -v -stranger $(STRANGER)

.PHONY: check
check: test score stranger ## Everything exhaustive: tests, score, and the whole of the stranger

.PHONY: release
release: ## Build static binaries for all platforms in dist/, with licences, bill of materials and checksums (VERSION=... SIGNING_KEY=...)
	tools/release.sh $(VERSION)

.PHONY: release-check
release-check: ## Build one platform twice, compare the bytes and hold what goes with them
	tools/release-check.sh

.PHONY: score
score: ## Run the suite against every breach and print what it kills
	$(GO) run ./cmd/twinbill score
