# What people type. Everything that these need is installed or built on the way.
.PHONY: init local local-down federate status doctor ssh logs console tootctl refresh restore rehearse rotate recovery-kit adopt-kit import export policies up mend drift preview-comment vpn cost docs community-check community-pull community-follow community-preview civo bench fault-matrix test nightly lint typecheck

# The first hour: asks for the settings of a new stack, looks at each answer at once, keeps it, and ends with the preview.
# STACK=name BACKEND=url say which stack, and where its state is; ANSWERS=file.yaml has settings; then nothing is asked without a terminal.
init: node_modules/.package-lock.json
	@npx tsx operations/init.ts

# The whole stack on this machine: `LOCAL_SLOT=1 make local` for a second server beside it, mastodon1.test.
local: node_modules/.package-lock.json
	npx tsx local/up.ts

# Removes all that `make local` made; caches stay.
local-down: node_modules/.package-lock.json
	npx tsx local/down.ts

# Whether the servers of `make local` reach each other: each looks up the owner's account of each other one. SLOTS='0 1' names some.
federate: node_modules/.package-lock.json
	@npx tsx local/federate.ts

# How the machine is: services, queues, disk, database, buckets, backups, certificate, updates. FLAGS=--json.
status: node_modules/.package-lock.json
	@npx tsx operations/status.ts $(FLAGS)

# How the server looks from outside: DNS, TLS, federation, streaming, media, mail. MAIL=no sends no test message.
doctor: node_modules/.package-lock.json
	@npx tsx operations/doctor.ts $(FLAGS)

# On the machine: a shell, the logs (UNIT=web SINCE='1 hour ago'), Rails' console, and ARGS='accounts modify alice --role Admin'.
ssh logs console tootctl: node_modules/.package-lock.json
	@npx tsx operations/remote.ts $@ $(FLAGS)

# Takes over into the selected stack's state what was changed at Civo; refuses to forget what Civo doesn't show.
refresh: node_modules/.package-lock.json
	npx tsx operations/refresh.ts

# docs/recovery.md describes when to use the next five. What is given to make reaches them in the environment, which needs no quoting.

# The database back to its newest state, or: TO='2026-11-23 05:00+00', DUMP=name [FROM=secondary].
# LIST=yes only shows what there is.
restore: node_modules/.package-lock.json
	@npx tsx operations/restore.ts

# The whole upgrade to VERSION=4.7.0 on a copy of the server, made on this computer from the newest backup (or DUMP=newest) and cut off from the world.
rehearse: node_modules/.package-lock.json
	@npx tsx operations/rehearse.ts $(FLAGS)

# A secret that the stack made is made again and delivered to the machine, or several by one `up`: SECRET=media,backups; without SECRET it lists them. FLAGS=--yes asks nothing.
rotate: node_modules/.package-lock.json
	@npx tsx operations/rotate.ts $(FLAGS)

# What a recovery needs when the stack's state is lost, encrypted: to RECIPIENTS='age1… ssh-ed25519 …', or with a passphrase.
recovery-kit: node_modules/.package-lock.json
	@npx tsx operations/recovery-kit.ts

# Brings KIT=file into a new stack; IDENTITY=key opens one that isn't encrypted with a passphrase.
adopt-kit: node_modules/.package-lock.json
	@npx tsx operations/adopt-kit.ts

# Another server moves in: ENV=.env.production before the first `pulumi up`, DUMP=file MEDIA=folder|remote:path after it.
import: node_modules/.package-lock.json
	@npx tsx operations/import.ts

# The server moves out, or a copy of it: into FOLDER=…; MEDIA=no leaves media out.
export: node_modules/.package-lock.json
	@npx tsx operations/export.ts

# Previews the selected stack and judges it by the guard rails: `make policies FLAGS='--stack prod'`. Changes nothing.
policies: node_modules/.package-lock.json
	pulumi preview --policy-pack policies $(FLAGS)

# `pulumi up`, checked by the guard rails; the previous state is kept in .local/states. FLAGS='--stack prod --yes'.
up: node_modules/.package-lock.json
	@npx tsx operations/up.ts $(FLAGS)

# What a killed `pulumi up` or `destroy` left: breaks the lock of a dead run, and takes over what was being made. `make up` does it by itself.
# A lock of another computer counts as dead after three hours, or at once with LOCK_OF=user@host.
mend: node_modules/.package-lock.json
	@npx tsx operations/mend.ts $(FLAGS)

# Fails where Civo is not as the stack's state says. Changes nothing.
drift: node_modules/.package-lock.json
	npx pulumi refresh --preview-only --expect-no-changes --non-interactive $(FLAGS)

# What this checkout changes against BASE=origin/main of STACK=prod, as Markdown in FILE. Needs no secret and no Civo.
preview-comment: node_modules/.package-lock.json
	@npx tsx operations/preview-comment.ts

# For CI: joins the VPN of WIREGUARD_CONFIG, the text of a file of wg-quick.
vpn:
	.ci/vpn

# What the selected stack costs a month, by operations/prices.yaml.
cost: node_modules/.package-lock.json
	@npx tsx operations/cost.ts $(FLAGS)

# The community's files (docs/community.md): whether they can be used, in a second.
community-check: node_modules/.package-lock.json
	@node --import tsx operations/community-check.ts

# What was changed in the web interface, into the files.
community-pull: node_modules/.package-lock.json
	@npx tsx operations/community-pull.ts $(FLAGS)

# The lists that the community follows, into its files. SHRINK=NAME accepts that a list blocks less than half of what it did.
community-follow: node_modules/.package-lock.json
	@npx tsx operations/community-follow.ts $(FLAGS)

# What `pulumi up` would change, and which follows new suspensions would end.
community-preview: node_modules/.package-lock.json
	@npx tsx operations/community-preview.ts $(FLAGS)

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
	@npx tsx __tests__/suite/main.ts

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
