SWIFT ?= swift
PREFIX ?= /usr/local
BUILD := $(SWIFT) build -c release
TEST := SWIFT_BACKTRACE=enable=no $(SWIFT) test -c release --skip-build
BINARIES = $(shell $(BUILD) --show-bin-path)
BINARY = $(BINARIES)/expert-replay
PRESETS := policies clusters models workloads validation
EXAMPLES := ReplayATrace PlannerOfYourOwn ReadAResult
PYTHON := .venv-python/bin
PYTEST = cd python && EXPERT_REPLAY_BINARY=$(abspath $(BINARY)) ../$(PYTHON)/python -m pytest
SOURCES := Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Benchmarks

.PHONY: help demo build test test-python examples conformance long bench fuzz nightly nightly-engines docs fixtures format \
  lint install deps

help:  ## What can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST)

demo: build  ## Replay a shipped trace under the shipped policies
	$(BINARY) replay traces/decode-256.moetrace --repeat 12

build: deps  ## The command alone
	$(BUILD) --product expert-replay

test: deps  ## All tests that need nothing but this clone; they run the examples and compile the code in the documents
	$(BUILD) --build-tests
	$(TEST) --skip ConformanceTests --skip LongTests

test-python: build $(PYTHON)/installed  ## Tests of python/, one with Ray on this machine, in an environment of their own
	cd python && ../$(PYTHON)/ruff check . && ../$(PYTHON)/ruff format --check . && ../$(PYTHON)/mypy .
	$(PYTEST)

examples: build  ## Programs that use the library, and what they print
	for example in $(EXAMPLES); do $(BUILD) --product $$example || exit 1; done
	$(BINARIES)/ReplayATrace
	$(BINARIES)/PlannerOfYourOwn
	$(BINARY) replay traces/decode-256.moetrace --repeat 8 --format json \
	  | $(BINARIES)/ReadAResult

conformance: deps  ## Tests against recordings and known answers in ../shared (or $EXPERT_REPLAY_SHARED)
	$(BUILD) --build-tests
	$(TEST) --filter ConformanceTests

long: deps  ## Tests that take minutes: what fits predict of rows that they have not seen
	$(BUILD) --build-tests
	$(TEST) --filter LongTests

bench: build  ## Planner and pipeline speed, and whole-process ratios
	$(SWIFT) package --package-path Benchmarks --disable-sandbox benchmark
	Benchmarks/whole-process $(BINARY)

fuzz: build  ## RUNS=1000 runs on files and options changed at random from SEED=1
	Tests/Fuzzing/mutate-commands $(BINARY) --runs $(or $(RUNS),1000) --seed $(or $(SEED),1)

nightly: conformance long docs bench nightly-engines  ## What takes long

nightly-engines: build $(PYTHON)/installed  ## One study here, on Ray and on Slurm; needs Debian's slurm-wlm and munge
	$(PYTEST) -s -m nightly

docs: deps  ## The library's documentation, an article for each room, in .build/documentation
	.ci/docs "$(SWIFT)"

fixtures:  ## Rewrite the imports' fixtures; needs python3 with numpy, safetensors and torch
	python3 Tests/TraceImportTests/Fixtures/make_fixtures.py

format:  ## Rewrite sources in the house format
	$(SWIFT) format --in-place --recursive $(SOURCES)

lint:  ## Fail on any deviation from the house format, and on documents' lines over 120 columns
	$(SWIFT) format lint --strict --recursive $(SOURCES)
	.ci/lint

install: build  ## Install under PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/expert-replay
	install -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/expert-replay
	cp -R $(PRESETS) $(DESTDIR)$(PREFIX)/share/expert-replay/
	install -d $(DESTDIR)$(PREFIX)/share/expert-replay/python
	cp -R python/expert_replay $(DESTDIR)$(PREFIX)/share/expert-replay/python/
	find $(DESTDIR)$(PREFIX)/share/expert-replay/python -name __pycache__ -prune -exec rm -r {} +

deps:  ## Check for a Swift toolchain and zlib's headers; install the headers if they are absent
	@sh .ci/deps "$(SWIFT)"

$(PYTHON)/installed: python/pyproject.toml
	python3 -m venv .venv-python
	$(PYTHON)/python -m pip install --quiet --disable-pip-version-check --editable './python[test]'
	touch $@
