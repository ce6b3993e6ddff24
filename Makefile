# The usual errands. `make` alone lists them.

CMAKE ?= cmake
JOBS  ?= $(shell nproc)

.DEFAULT_GOAL := help
.PHONY: help setup build demo test asan tsan bench format

help:
	@echo "make demo     set up this machine, build, train a network on Fashion-MNIST, show the report"
	@echo "make test     set up this machine, build, run every test"
	@echo "make asan     build with address and undefined-behaviour sanitizers, run every test"
	@echo "make tsan     build with the thread sanitizer, run what several threads do at once"
	@echo "make bench    build, and measure all workloads beside the peers there are; ONLY=lenet-b64 one"
	@echo "make build    build everything (release), without setting up"
	@echo "make setup    install what is missing from tools/packages.txt"
	@echo "make format   format the C++ sources"

setup:
	@tools/setup

build/%/build.ninja: CMakeLists.txt CMakePresets.json
	$(CMAKE) --preset $*

build: build/release/build.ninja
	$(CMAKE) --build build/release -j$(JOBS)

# Only what the program needs is built: no tests, no benchmarks.
demo:
	@tools/setup build data
	$(CMAKE) --preset release
	$(CMAKE) --build build/release -j$(JOBS) --target gradus_program
	build/release/gradus train recipes/fashion-mnist-lenet.toml

test: setup
	@tools/setup-python
	$(CMAKE) --preset release -DGRADUS_BUILD_PYTHON=ON -DPython_EXECUTABLE=$(CURDIR)/build/python/bin/python
	$(CMAKE) --build build/release -j$(JOBS)
	ctest --preset release -j2

asan: setup
	$(CMAKE) --preset asan
	$(CMAKE) --build build/asan -j$(JOBS)
	ctest --preset asan -j2

# By clang: its OpenMP runtime has Archer, which tells the sanitizer what waits for what. Of gcc's
# runtime, compiled without the sanitizer, every parallel loop would look like a race; and the loops
# that run here are those that users run.
tsan:
	@tools/setup build tsan
	$(CMAKE) --preset tsan
	$(CMAKE) --build --preset tsan -j$(JOBS)
	ctest --preset tsan

# Peers are optional: bench/peers/setup fetches PyTorch, `tools/setup peers` libtorch.
bench:
	@tools/setup build data
	@tools/setup-python
	$(CMAKE) --preset release -DGRADUS_BUILD_PEERS=ON -DGRADUS_BUILD_PYTHON=ON -DPython_EXECUTABLE=$(CURDIR)/build/python/bin/python
	$(CMAKE) --build build/release -j$(JOBS) --target gradus_bench_programs gradus_python_package
	bench/run $(foreach name,$(ONLY),--only '$(name)') $(if $(THREADS),--threads $(THREADS))

format:
	@tools/setup format
	find gradus tests bench lessons python/src \( -name '*.h' -o -name '*.cpp' -o -name '*.cc' \) -print0 | xargs -0 clang-format -i
