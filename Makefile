# The commands of this project. `make` lists them.

# Homebrew's OpenBLAS is "keg-only": pkg-config finds it only when told where it is.
ifeq ($(shell uname -s),Darwin)
BREW := $(or $(HOMEBREW_PREFIX),$(firstword $(wildcard /opt/homebrew /usr/local)))
export PKG_CONFIG_PATH := $(BREW)/opt/openblas/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.DEFAULT_GOAL := help
.PHONY: help demo demo-ranks chat learn test threads test-mpi bench scaling waiting mutants docs pictures format lint setup clean

SOURCES := $(wildcard Package.swift Sources Tests Examples Benchmarks)

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

demo: setup ## train a Transformer on stories, in about a minute
	swift run -c release train-gpt

demo-ranks: setup ## show what four ranks do together: messages, data parallelism, ZeRO
	swift run -c release demo-ranks

chat: setup ## talk to a language model, which is fetched (98 MB)
	Scripts/fetch-model.sh smollm2
	swift run -c release chat

learn: setup ## step through the course: checks your exercises on every save
	@test -n "$(WORKSPACE)$(FLEDGE_WORKSPACE)" -o -e Workspace/learn.json || swift run learn init
	swift run learn $(if $(WORKSPACE),--workspace $(WORKSPACE))

test: setup ## run every test
	swift test --quiet --disable-xctest

threads: setup ## run the tests of threads under the thread sanitizer
	Scripts/check-threads.sh

test-mpi: setup ## run the checks of ranks as processes; installs Open MPI where it is missing
	Scripts/test-mpi.sh

bench: setup ## measure the speed of this machine
	Scripts/bench.sh

scaling: setup ## measure how costs grow with sizes
	swift build -c release --product bench
	python3 Benchmarks/scaling.py --bench .build/release/bench --out docs

waiting: setup ## measure how long a build, a test and a first step take
	python3 Scripts/measure-development.py --out docs

mutants: setup ## break the code in many ways and see that the tests notice each
	Scripts/mutants.sh

docs: setup ## build the API documentation and say how to read it
	Scripts/docs.sh

pictures: setup ## draw the pictures of the course's chapters again
	swift run -c release learn draw

format: ## format all Swift code in place
	swift format --in-place --recursive --parallel $(SOURCES)

lint: ## check formatting, file lengths and leftovers
	@Scripts/lint.sh

setup: ## install the system libraries that are missing
	@Scripts/setup.sh

clean: ## remove what was built
	swift package clean
