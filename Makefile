# One target for each task. Of the environments, .venv-serve runs the page and has no torch, .venv
# has everything, and .venv-peers has the other servers that are measured.

PYTHON ?= python3
SERVE := .venv-serve
FULL := .venv
PEERS := .venv-peers
# pip can install a dependency group since 25.1.
PIP := pip>=25.1
# The tests of a file share servers and models, so they run in the same process.
PARALLEL := -n logical --maxprocesses 4 --dist loadfile
# ONNX Runtime needs the wheels of CUDA and cuDNN only if an NVIDIA driver is installed.
GPU_GROUP := $(if $(shell command -v nvidia-smi),--group gpu)

.PHONY: demo test test-all browser train bench overload fairness soak check lint lint-js audit lock targets card claims evidence screenshots space space-check clean

demo: $(SERVE)/.installed  ## the page, on http://127.0.0.1:7860
	$(SERVE)/bin/python app.py

test: $(FULL)/.installed browser  ## the fast tests
	$(FULL)/bin/python -m pytest $(PARALLEL)

test-all: $(FULL)/.installed browser  ## the fast and the slow tests, without those for a GPU
	$(FULL)/bin/python -m pytest $(PARALLEL) -m "not gpu"

browser: $(FULL)/.installed  ## a Chromium for the tests, if there is none
	@$(FULL)/bin/python -m harness.chromium

train: $(FULL)/.installed  ## both models, by the default recipe; options: ARGS="--seed 1 --out models"
	$(FULL)/bin/python -m train $(ARGS)

bench: $(FULL)/.installed $(PEERS)/.installed  ## benchmark of this server, its peers and the ceiling; needs wrk
	$(FULL)/bin/python -m benchmarks.bench $(ARGS)

overload: $(FULL)/.installed  ## 10,000 requests from 200 clients
	$(FULL)/bin/python -m benchmarks.overload

fairness: $(FULL)/.installed  ## single pictures beside one client that floods the server
	$(FULL)/bin/python -m benchmarks.fairness

soak: $(FULL)/.installed  ## ten minutes at full load; needs wrk
	$(FULL)/bin/python -m benchmarks.soak

check: lint audit  ## ruff, mypy, and known vulnerabilities of dependencies

lint: $(FULL)/.installed  ## ruff and mypy
	$(FULL)/bin/ruff check .
	$(FULL)/bin/ruff format --check .
	$(FULL)/bin/mypy

lint-js:  ## the types of the page's scripts; needs Node and the internet
	npx --yes --package typescript@5.9 tsc --project serve/page/static/jsconfig.json

audit: $(FULL)/.installed  ## known vulnerabilities of pinned packages; needs the internet
	$(FULL)/bin/pip-audit -r requirements.txt --no-deps --disable-pip --progress-spinner off

lock: $(FULL)/.installed  ## requirements.txt from pyproject.toml
	$(FULL)/bin/python -m tools.lock

targets: $(FULL)/.installed  ## measure the pair in exported_models/ against its targets
	$(FULL)/bin/python -m tools.targets

card: $(FULL)/.installed  ## the README's result card from exported_models/manifest.json
	$(FULL)/bin/python -m tools.card

claims: $(FULL)/.installed  ## docs/claims.md from exported_models/
	$(FULL)/bin/python -m tools.claims

evidence: $(FULL)/.installed  ## docs/evidence.md from exported_models/evidence/
	$(FULL)/bin/python -m tools.evidence

screenshots: $(FULL)/.installed  ## docs/screens/ from the running page; needs Chromium
	$(FULL)/bin/python -m tools.screenshots

space: $(FULL)/.installed  ## upload a Hugging Face Space: SPACE=OWNER/NAME; ARGS=--dry-run or --gpu
	$(FULL)/bin/python -m tools.space $(SPACE) $(ARGS)

space-check: $(FULL)/.installed  ## build and start a Space's environment here; needs Python 3.12
	$(FULL)/bin/python -m tools.space_check $(ARGS)

clean:  ## delete the environments; runs/ and data/ stay
	rm -rf $(SERVE) $(FULL) $(PEERS)

$(SERVE)/.installed: pyproject.toml requirements.txt
	$(PYTHON) -m venv $(SERVE)
	$(SERVE)/bin/pip install -q "$(PIP)"
	$(SERVE)/bin/pip install -q -c requirements.txt --group serve $(GPU_GROUP)
	touch $@

$(PEERS)/.installed: benchmarks/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install -q -r $<
	touch $@

$(FULL)/.installed: pyproject.toml requirements.txt
	$(PYTHON) -m venv $(FULL)
	$(FULL)/bin/pip install -q "$(PIP)"
	$(FULL)/bin/pip install -q -r requirements.txt --group dev
	touch $@
