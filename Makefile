SWIFT ?= swift
PREFIX ?= /usr/local
BUILD := $(SWIFT) build -c release
TEST := SWIFT_BACKTRACE=enable=no $(SWIFT) test -c release --skip-build
BINARY = $(shell $(BUILD) --show-bin-path)/expert-replay
PRESETS := policies clusters models workloads validation
SOURCES := Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Benchmarks

.PHONY: demo build test conformance fuzz bench format lint install deps fixtures

demo: build  ## Replay a shipped trace under the shipped policies
	$(BINARY) replay traces/hot-cold.moetrace --cluster moe-comms

build: deps
	$(BUILD) --product expert-replay

test: deps  ## All tests that need nothing but this clone
	$(BUILD) --build-tests
	$(TEST) --skip ConformanceTests

conformance: deps  ## Tests against recordings and known answers in ../shared (or $$EXPERT_REPLAY_SHARED)
	$(BUILD) --build-tests
	$(TEST) --filter ConformanceTests

bench: build  ## Planner and pipeline speed, and whole-process ratios
	$(SWIFT) package --package-path Benchmarks --disable-sandbox benchmark
	Benchmarks/whole-process $(BINARY)

fuzz: build  ## RUNS=1000 runs on files and options changed at random from SEED=1
	Tests/Fuzzing/mutate-commands $(BINARY) --runs $(or $(RUNS),1000) --seed $(or $(SEED),1)

fixtures:  ## Rewrite the imports' fixtures; needs python3 with numpy, safetensors and torch
	python3 Tests/TraceImportTests/Fixtures/make_fixtures.py

format:  ## Rewrite sources in the house format
	$(SWIFT) format --in-place --recursive $(SOURCES)

lint:  ## Fail on any deviation from the house format
	$(SWIFT) format lint --strict --recursive $(SOURCES)

install: build  ## Install under PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/expert-replay
	install -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/expert-replay
	cp -R $(PRESETS) $(DESTDIR)$(PREFIX)/share/expert-replay/

deps:  ## Check for a Swift toolchain and zlib's headers; install the headers if they are absent
	@sh .ci/deps "$(SWIFT)"
