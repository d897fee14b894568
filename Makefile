SWIFT ?= swift
PREFIX ?= /usr/local
BUILD := $(SWIFT) build -c release
# Given apart, one of two sanitizers would win: the compiler heeds the last.
FUZZ = EXPERT_REPLAY_FUZZ=1 $(BUILD) --product fuzz-readers --scratch-path .build/fuzz --sanitize fuzzer \
  -Xswiftc -sanitize=address,fuzzer -Xcc -fsanitize=address,fuzzer-no-link
TEST := SWIFT_BACKTRACE=enable=no $(SWIFT) test -c release --skip-build
BINARIES = $(shell $(BUILD) --show-bin-path)
BINARY = $(BINARIES)/expert-replay
PRESETS := policies clusters models workloads validation studies
SHARE = $(DESTDIR)$(PREFIX)/share
# Where bash, zsh and fish look for completions.
COMPLETIONS = $(SHARE)/bash-completion/completions/expert-replay $(SHARE)/zsh/site-functions/_expert-replay \
  $(SHARE)/fish/vendor_completions.d/expert-replay.fish
EXAMPLES := ReplayATrace PlannerOfYourOwn ReadAResult
PYTHON := .venv-python/bin
PYTEST = cd python && EXPERT_REPLAY_BINARY=$(abspath $(BINARY)) ../$(PYTHON)/python -m pytest
RECORD := .venv-record/bin
SOURCES := Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Benchmarks

.PHONY: help demo build test test-python test-record examples conformance long bench fuzz fuzz-commands faults \
  determinism sanitize mutants nightly nightly-engines wheel test-wheel docs pictures notebook fixtures format lint man \
  install deps

help:  ## What can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST)

demo: build  ## Make a decode of DeepSeek-V3's shape, and replay it under three policies on 32 H100
	$(BINARY) generate deepseek-v3-decode -o .build/decode.moetrace
	$(BINARY) replay .build/decode.moetrace --policy eplb --policy fractional --policy oracle

build: deps  ## The command alone
	$(BUILD) --product expert-replay

test: deps  ## All tests that need nothing but this clone; they run the examples and compile the code in the documents
	$(BUILD) --build-tests
	$(TEST) --skip ConformanceTests --skip LongTests

test-python: build $(PYTHON)/installed  ## Tests of python/, one with Ray on this machine, in an environment of their own
	cd python && ../$(PYTHON)/ruff check . && ../$(PYTHON)/ruff format --check . && ../$(PYTHON)/mypy .
	$(PYTEST)

test-record: build $(RECORD)/installed  ## Record real models of many architectures; installs torch and Transformers, some GB
	cd python && EXPERT_REPLAY_BINARY=$(abspath $(BINARY)) ../$(RECORD)/python -m pytest -s -m record tests/record

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

bench: build  ## Planner speed, whole-process ratios; fails where inner loops take more instructions than stored
	$(SWIFT) package --package-path Benchmarks --disable-sandbox benchmark
	Benchmarks/whole-process $(BINARY)

fuzz: deps  ## libFuzzer under AddressSanitizer on every reader, SECONDS=20 each; READERS= for some; on Linux
	$(FUZZ)
	Tests/Fuzzing/fuzz-readers $(shell $(FUZZ) --show-bin-path)/fuzz-readers $(READERS) --seconds $(or $(SECONDS),20)

fuzz-commands: build  ## RUNS=1000 runs of all commands on files and options changed at random from SEED=1
	Tests/Fuzzing/mutate-commands $(BINARY) --runs $(or $(RUNS),1000) --seed $(or $(SEED),1)

faults: build  ## All commands that write, KILLS=100 by each signal, and with every call failing; on Linux
	Tests/Faults/inject-faults $(BINARY) --kills $(or $(KILLS),100) --points $(or $(POINTS),100)

determinism: build  ## Every policy on every trace: the same bytes at 1, 2 and 7 threads, and by OTHER, another build
	Tests/Determinism/compare-builds $(BINARY) $(OTHER)

# Of the test bundle's suites, those that share memory between threads or hand it to the system. XCTest, which runs no test
# of ours, leaks.
SANITIZED := 'ReplayTests|ParallelismTests|PairingTests|RoutingTraceTests|ContainersTests|FilesTests|StudiesTests|DiagnosticsTests'

sanitize: deps  ## The suites of readers, replays and studies under SANITIZERS="thread address"
	for kind in $(or $(SANITIZERS),thread address); do \
	  $(BUILD) --build-tests --sanitize $$kind --scratch-path .build/$$kind || exit 1; \
	  ASAN_OPTIONS=detect_leaks=0 $(TEST) --sanitize $$kind --scratch-path .build/$$kind --filter $(SANITIZED) || exit 1; \
	done

mutants: deps  ## Small wrong edits of the sources, one by one, each against its room's tests; MUTANTS= for some
	Tests/Mutants/run-mutants $(MUTANTS) --swift "$(SWIFT)"

nightly: conformance long docs bench faults fuzz sanitize mutants nightly-engines test-record test-wheel  ## What takes long
	$(MAKE) fuzz-commands RUNS=20000
	$(MAKE) determinism OTHER=$(shell $(BUILD) --scratch-path .build/thread --show-bin-path)/expert-replay

nightly-engines: build $(PYTHON)/installed  ## One study here, on Ray and on Slurm; needs Debian's slurm-wlm and munge
	$(PYTEST) -s -m nightly

wheel: deps  ## A wheel with the command, linked statically, and its presets, in .build/wheel; a build of its own
	SWIFT="$(SWIFT)" python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir .build/wheel ./python

test-wheel: wheel  ## Install the wheel where there is no Swift, and use it; needs a package registry
	.ci/wheel

docs: deps  ## A site of the guides and of the library's documentation, in .build/documentation/site; BASE=/path/ to serve it there
	.ci/docs "$(SWIFT)" $(BASE)

pictures: build  ## Draw README's pictures anew; needs python3
	docs/pictures/draw $(BINARY)

notebook: build  ## Execute the notebooks of Examples/ anew; needs python3 and its package registry
	.ci/notebook $(BINARY)

fixtures:  ## Rewrite the imports' fixtures; needs python3 with numpy, safetensors and torch
	python3 Tests/TraceImportTests/Fixtures/make_fixtures.py

format:  ## Rewrite sources in the house format
	$(SWIFT) format --in-place --recursive $(SOURCES)

lint:  ## Fail on any deviation from the house format, and on documents' lines over 120 columns
	$(SWIFT) format lint --strict --recursive $(SOURCES)
	.ci/lint

man: build  ## The command's page for man, in .build/expert-replay.1
	$(BINARY) manual > .build/expert-replay.1

install: man  ## Install under PREFIX (/usr/local): command, presets, completions, page for man
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/expert-replay $(SHARE)/man/man1 $(dir $(COMPLETIONS))
	install -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/expert-replay
	cp -R $(PRESETS) $(SHARE)/expert-replay/
	install -d $(SHARE)/expert-replay/python
	cp -R python/expert_replay $(SHARE)/expert-replay/python/
	find $(SHARE)/expert-replay/python -name __pycache__ -prune -exec rm -r {} +
	install -m 644 .build/expert-replay.1 $(SHARE)/man/man1/expert-replay.1
	$(BINARY) --generate-completion-script bash > $(word 1, $(COMPLETIONS))
	$(BINARY) --generate-completion-script zsh > $(word 2, $(COMPLETIONS))
	$(BINARY) --generate-completion-script fish > $(word 3, $(COMPLETIONS))

deps:  ## Check for a Swift toolchain, zlib's and SQLite's headers; install the headers if they are absent
	@sh .ci/deps "$(SWIFT)"

$(PYTHON)/installed: python/pyproject.toml
	python3 -m venv .venv-python
	$(PYTHON)/python -m pip install --quiet --disable-pip-version-check --editable './python[test]'
	touch $@

$(RECORD)/installed: python/pyproject.toml
	python3 -m venv .venv-record
	$(RECORD)/python -m pip install --quiet --disable-pip-version-check --editable './python[test-record]'
	touch $@
