# The commands that one types. .ci/run has all checks, step by step.
.DEFAULT_GOAL := help
.PHONY: help run test check ci snapshot release

goreleaser := go run github.com/goreleaser/goreleaser/v2@v2.15.0

help: ## list these
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

run: ## serve posts/ on port 2222
	go run ./cmd/sshblog serve

test: ## all tests but the attacks
	go test ./...

check: ## format, vet, lint, and tests with the race detector
	.ci/run format vet lint race

ci: ## everything that a change has to pass; about an hour
	.ci/run

snapshot: ## archives and packages of this commit, in dist/
	$(goreleaser) release --snapshot --clean

release: ## publish what is tagged, as a draft
	$(goreleaser) release --clean
