# SPDX-License-Identifier: GPL-3.0-or-later
# A thin front for Meson. `make help` lists what there is.

BUILD ?= build
CHECK_BUILD ?= build-check

all: $(BUILD)/build.ninja ## build the program: build/opec
	@ninja -C $(BUILD) opec

$(BUILD)/build.ninja: | packages-build
	@meson setup $(BUILD)

demo: packages-run all ## two providers on this machine and a certified message between them
	@demo/demo.py

demo-stop: ## end the demo
	@demo/demo.py stop

check: packages-test ## build with sanitizers and run every test
	@tests/check.sh $(CHECK_BUILD)

bench: packages-test all ## both points, the index and the legal log against floors, as ratios
	@bench/run.sh
	@ninja -C $(BUILD) bench/lookup && $(BUILD)/bench/lookup
	@ninja -C $(BUILD) bench/ledger && $(BUILD)/bench/ledger
	@ninja -C $(BUILD) bench/day && $(BUILD)/bench/day

install: all ## install the program and its manual (DESTDIR is honoured)
	@meson install -C $(BUILD) --no-rebuild

clean: ## remove what was built
	rm -rf $(BUILD) $(CHECK_BUILD)

packages-build packages-run packages-test:
	@deploy/install-packages.sh $(@:packages-%=%)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: all demo demo-stop check bench install clean help packages-build packages-run packages-test
