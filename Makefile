# What people type. Everything that these need is installed or built on the way.
.PHONY: local local-down test lint typecheck

# The whole stack on this machine: `LOCAL_SLOT=1 make local` for a second one beside it.
local: node_modules/.package-lock.json
	npx tsx local/up.ts

# Removes all that `make local` made; caches stay.
local-down: node_modules/.package-lock.json
	npx tsx local/down.ts

# Unit, engine and machine tests, one after the other: they share ports, bridges and two cores.
test: node_modules/.package-lock.json
	npx tsx local/toolchain
	npx jest --runInBand

lint: node_modules/.package-lock.json
	.ci/lint

typecheck: node_modules/.package-lock.json
	npx tsc --noEmit

# npm's own record of what is installed: older than the lock file means out of date.
node_modules/.package-lock.json: package-lock.json
	npm ci
	@touch $@
