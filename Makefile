# Needs Python 3.11 to 3.14, git and make; everything else is set up here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
FOUND = import sys; v = sys.version_info; print("%d.%d" % v[:2])

# The tests start hundreds of Pythons. Without compiled files each would compile Prefect anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-slow wheel test-node crash media media-full prefect outside security check lock lock-supply sbom audit bench bench-short clean

setup: $(VENV)/.ready
ifneq ($(origin PYTHON),file)
	@test "$$($(PYTHON) -c '$(FOUND)')" = "$$($(BIN)/python -c '$(FOUND)')" || { echo "$(VENV) has another Python than $(PYTHON): name another folder, such as VENV=.venv-$$($(PYTHON) -c '$(FOUND)'), or make clean first" >&2; exit 1; }
endif

# uv, at the version and hash of the lock, installs the rest in seconds. It does not read pip's
# configuration, so it is given pip's index. Where it can't reach that, pip takes a minute longer.
$(VENV)/.ready: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 15) else "shotgraph needs Python 3.11 to 3.14, and this is %d.%d: try make PYTHON=python3.12" % v[:2])'
	@test ! -e $(VENV) || test -f $(VENV)/pyvenv.cfg || { echo "$(VENV) is there, and is no Python environment" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	awk '/^[^ ]/ {wanted = /^uv==/} wanted' constraints.txt | $(PIP) --no-deps --require-hashes -r /dev/stdin
	@index="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null)}}"; \
	if [ -n "$$index" ]; then export UV_DEFAULT_INDEX="$$index"; fi; \
	$(UV) --no-deps --require-hashes -r constraints.txt || { \
	  echo "uv could not install the packages: pip does it, which takes a minute"; \
	  $(PIP) --no-deps --require-hashes -r constraints.txt; }
# Prefect's own database takes half a minute to be made. It is made here only where nobody has used
# Prefect before, so that nobody's server is touched; elsewhere it is there. It needs nothing of
# shotgraph, so that is installed beside it.
	@test -e "$${PREFECT_HOME:-$$HOME/.prefect}" || test -n "$$PREFECT_API_URL$$PREFECT_SERVER_DATABASE_CONNECTION_URL$$PREFECT_API_DATABASE_CONNECTION_URL" || DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false $(BIN)/prefect server database upgrade -y >/dev/null & \
	$(UV) --no-deps --no-build-isolation -e . && installed=yes; wait; test -n "$$installed"
	@touch $@

# A film with no key, no account and no server.
demo: setup
	$(BIN)/shotgraph demo

# The quick suite. Three at a time on two processors, for the tests wait for processes now and then.
WORKERS ?= 3
test: setup
	$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup --no-loadscope-reorder -m "not slow and not node and not crash and not media and not prefect and not outside and not security"

# What takes longer: whole runs of the command, a package index asked for each Python and system.
test-slow: setup
	$(BIN)/pytest -q -n 2 --dist loadgroup -m "slow and not wheel and not security"

# The built wheel alone, installed by pip with the newest of all that its bounds admit: the demo twice.
wheel: setup
	$(BIN)/pytest -q -s -m wheel tests/test_wheel.py

# The contract with fal's JavaScript client; needs Node.js and npm.
test-node: setup
	$(BIN)/pytest -q -m node

# The money: kills, lost replies, races, a model; prints its figures.
crash: setup
	$(BIN)/pytest -q -s -m crash

# The joins: clips of every kind, splits, hostile files; prints its table.
media: setup
	$(BIN)/pytest -q -s -m media

# At home on Prefect: real servers, workers, PostgreSQL, a browser; prints its figures. Needs
# Debian's postgresql and chromium, which .ci/run installs where they are missing.
prefect: setup
	$(BIN)/pytest -q -s -m prefect $(WITHOUT)

# Tried from outside, as a user and an attacker would: hostile replies, keys, files, terminals; prints
# its figures, a line for each kind of fault. SHOTGRAPH_FUZZ_S is how long each fuzz goes on. Four at a
# time: what runs waits for servers most of the time.
outside: setup
	$(BIN)/pytest -q -n 4 --dist loadgroup -m outside tests/outside

# Attacks: hostile folders, pages, replies, media, stores; prints a row of figures for each kind, with
# its target. SHOTGRAPH_FUZZ_S is how long each fuzz goes on, 5 s if it is not set. Six at a time, so
# that the fuzzes go on beside each other.
security: setup
	$(BIN)/pytest -q -n 6 --dist loadgroup -m security tests/security

# The same, with every damaged file, every split, and the same films by others; moviepy 2.2 needs an
# older Pillow than ours, so it has an environment of its own.
media-full: setup .venv-moviepy/.ready
	SHOTGRAPH_MEDIA_FULL=1 SHOTGRAPH_MOVIEPY_PYTHON=$(CURDIR)/.venv-moviepy/bin/python $(BIN)/pytest -q -s -m media

.venv-moviepy/.ready: tests/joins/moviepy.txt
	$(PYTHON) -m venv .venv-moviepy
	.venv-moviepy/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/joins/moviepy.txt
	@touch $@

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy src/shotgraph tests
	$(BIN)/lint-imports

# Writes constraints.txt anew after pyproject.toml changed; `make lock UPGRADE=--upgrade` takes the
# newest of everything.
lock: setup
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate $(UPGRADE) \
	  --python-version 3.11 --extra dev --extra c2pa pyproject.toml --output-file constraints.txt

# What is in the lock, as CycloneDX: names, versions, hashes. The same lock gives the same bytes.
sbom: .venv-supply/.ready
	mkdir -p dist
	PYTHONWARNINGS=ignore .venv-supply/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON --output-file dist/shotgraph.cdx.json constraints.txt

# Known flaws of what is in the lock. Needs PyPI itself, no mirror, or, with FEED=osv, api.osv.dev.
audit: .venv-supply/.ready
	@.venv-supply/bin/python .ci/audit.py $(FEED)

# Their tools have an environment of their own: they are no part of the product or of its tests.
.venv-supply/.ready: .ci/supply.txt
	$(PYTHON) -m venv --clear .venv-supply
	.venv-supply/bin/pip install --quiet --disable-pip-version-check --require-hashes -r .ci/supply.txt
	@touch $@

lock-supply: setup
	printf 'cyclonedx-bom\npip-audit\n' | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate $(UPGRADE) \
	  --python-version 3.11 --output-file .ci/supply.txt -

bench: setup
	$(BIN)/python -m benchmarks

bench-short: setup
	$(BIN)/python -m benchmarks --short

clean:
	rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache
