# Two commands matter: `make bench` does the main job from pages to board, `make test` runs the tests.
# Each creates the virtual environment that it needs.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: bench test test-annotate test-browser lint tune build clean

bench: $(READY)
	$(BIN)/etabli bench

test: $(READY)
	$(BIN)/python -m pytest -n 2

# The lm-evaluation-harness tasks with the real harness, in an environment of its own (without torch).
.PHONY: test-lm-eval
test-lm-eval:
	test -d $(VENV)-lm-eval || $(PYTHON) -m venv $(VENV)-lm-eval
	$(VENV)-lm-eval/bin/python -m pip install --quiet 'lm-eval>=0.4.13,<0.5' pytest
	$(VENV)-lm-eval/bin/python -m pytest --noconftest -o addopts=-q tests/lm_eval_real.py

# The board in a real browser; installs playwright, and chromium where there is none.
test-browser: $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[browser]'
	.ci/install-chromium
	$(BIN)/python -m pytest -m browser

# The real round trip with Label Studio, in an environment of its own: the SDK holds numpy back.
ANNOTATE := .venv-annotate
CLOCK    = echo "  [$$(( $$(date +%s) - begun )) s]"

test-annotate: $(ANNOTATE)/.ready
	command -v chromium || { apt-get update -qq && apt-get install -y -qq chromium; }
	begun=$$(date +%s); $(ANNOTATE)/bin/python -m etabli.labelstudio.server && $(CLOCK) server installed
	$(ANNOTATE)/bin/python -m pytest -s -x tests/annotate_real.py

$(ANNOTATE)/.ready: pyproject.toml
	test -d $(ANNOTATE) || $(PYTHON) -m venv $(ANNOTATE)
	begun=$$(date +%s); \
		$(ANNOTATE)/bin/python -m pip install --quiet --editable '.[annotate]' hypothesis pytest playwright && \
		$(CLOCK) SDK and playwright installed
	touch $@

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

tune: $(READY)
	$(BIN)/etabli tune

build: $(READY)
	$(BIN)/etabli build

$(READY): pyproject.toml
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) $(ANNOTATE) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache
