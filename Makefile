# What people type. Everything that these need is installed or built on the way.
.PHONY: init local local-down federate status doctor ssh logs console tootctl refresh releases restore rehearse rotate recovery-kit adopt-kit import export policies up mend drift preview-comment vpn cost docs community-check community-pull community-follow community-preview civo bench fault-matrix test nightly lint typecheck

# Aliases of bin/mastodon, which has a --help for each: docs/commands.md. Their options come in variables, as in make restore TO='2026-11-23 05:00+00',
# or in FLAGS='--stack prod'. What is given to make reaches them in the environment, which needs no quoting.
COMMANDS := init up policies preview-comment drift refresh mend cost status doctor ssh logs console tootctl remote-media releases restore rehearse rotate recovery-kit adopt-kit import export community-check community-pull community-follow community-preview
$(COMMANDS): node_modules/.package-lock.json
	@npx tsx cli/make.ts $@ $(FLAGS)

# The variables on make's command line: the commands refuse one that they do not know. Those of the other targets are listed here.
export MAKE_GIVEN := $(foreach name,$(.VARIABLES),$(if $(findstring command line,$(origin $(name))),$(name)))
LOCAL := LOCAL_SLOT LOCAL_PAPER LOCAL_MACHINES MASTODON_IMAGES PULUMI_TOOLCHAIN
VARIABLES.local := $(LOCAL)
VARIABLES.local-down := LOCAL_SLOT
VARIABLES.federate := SLOTS
VARIABLES.vpn := WIREGUARD_CONFIG
VARIABLES.docs := PREVIEW
VARIABLES.civo := PORT STATE
VARIABLES.bench := ONLY RUNS COLD SIZES
VARIABLES.test := ONLY RECORD_RUN
VARIABLES.nightly := ONLY
$(foreach target,$(filter-out $(COMMANDS),$(MAKECMDGOALS)),$(foreach name,$(filter-out $(VARIABLES.$(target)),$(MAKE_GIVEN)),\
	$(error make $(target): the variable $(name) is unknown. It takes $(or $(VARIABLES.$(target)),none). Nothing was done)))

# The whole stack on this machine: `LOCAL_SLOT=1 make local` for a second server beside it, mastodon1.test.
local: node_modules/.package-lock.json
	npx tsx local/up.ts

# Removes all that `make local` made; caches stay.
local-down: node_modules/.package-lock.json
	npx tsx local/down.ts

# Whether the servers of `make local` reach each other: each looks up the owner's account of each other one. SLOTS='0 1' names some.
federate: node_modules/.package-lock.json
	@npx tsx local/federate.ts

# For CI: joins the VPN of WIREGUARD_CONFIG, the text of a file of wg-quick.
vpn:
	.ci/vpn

# The documentation as a site, in .local/site; a link that leads nowhere fails it. PREVIEW=yes serves it on port 5173 instead.
docs: docs/node_modules/.package-lock.json
	cd docs && npx vitepress $(if $(PREVIEW),dev,build)

docs/node_modules/.package-lock.json: docs/package-lock.json
	npm ci --prefix docs --ignore-scripts
	@touch $@

# Only the Civo API, on paper, for any program: `make civo PORT=7490 STATE=/tmp/civo.json`.
civo: node_modules/.package-lock.json
	npx tsx local/civo/main.ts --port $(or $(PORT),7480) --state $(or $(STATE),.local/civo.json)

# Measures, and writes docs/benchmarks.md: `make bench ONLY=program RUNS=3`.
bench: node_modules/.package-lock.json
	ONLY=$(ONLY) RUNS=$(or $(RUNS),5) npx tsx benchmarks/main.ts

# Each fault at each step of the stack's `up`, with its outcome in docs/faults.md. CI tries only a part of it.
fault-matrix: node_modules/.package-lock.json
	RECORD=1 npx jest --selectProjects engine --testPathPatterns engine/faults.test --maxConcurrency 8
	npm run docs:faults

# Unit, engine and machine tests, three files at a time. ONLY=civo runs those of one area; a wrong one lists them. docs/testing.md has the figures.
test: node_modules/.package-lock.json
	@npx tsx __tests__/support/suite/main.ts

# What takes too long for each change, such as the stack on virtual machines; takes two hours, and writes docs/nightly.md. ONLY=real-kernel names a file.
nightly: node_modules/.package-lock.json
	NIGHTLY=1 npx jest --selectProjects nightly --maxWorkers 1 --testPathPatterns 'nightly/$(ONLY)'

lint: node_modules/.package-lock.json
	.ci/lint

typecheck: node_modules/.package-lock.json
	npx tsc --noEmit

# npm's own record of what is installed: older than the lock file means out of date. Install scripts of packages do not run, as any of 800
# may change with an update and secrets may be in the environment. Two are needed: of ssh2, whose cipher in JavaScript loses exit codes,
# and our own, which compiles sdks/civo.
node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts
	npm rebuild ssh2 --ignore-scripts=false
	npm run --silent postinstall
	@touch $@
