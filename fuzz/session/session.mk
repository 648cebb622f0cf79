# SPDX-License-Identifier: BSD-2-Clause
# The session target beside fuzz_session.c: its mutator for both engines, its seeds, and what measures it.

SESSION_DIR := $(FUZZ_DIR)/session

# The mutator in AFL++'s own process: what reads cases, and what makes sessions of them.
SESSION_MUTATOR_SRCS := fuzz/session/afl.c fuzz/session/pools.c \
	$(addprefix harness/cli/,catalogue.c complain.c pattern.c select.c) harness/report/memory.c harness/report/escape.c \
	$(filter-out harness/cli/% harness/report/% harness/certificate/% harness/capture/% harness/softverbs/% harness/fabric/verbs/% harness/fuzz/live/%,$(LIB_SRCS))
$(SESSION_DIR)/pic/%.o: %.c | $(O)/gen/monitors.h $(O)/gen/commit.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -fPIC -I$(O)/gen -MMD -MP -c -o $@ $<
$(FUZZ_DIR)/session_mutator.so: $(SESSION_MUTATOR_SRCS:%.c=$(SESSION_DIR)/pic/%.o)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)echo '{ global: afl_custom_*; local: *; };' >$@.map
	$(Q)$(CC) -shared -Wl,--no-undefined -Wl,--version-script=$@.map -o $@ $^ -Wl,--as-needed $(LDLIBS)

$(SESSION_DIR)/seeds.program: $(call obj,normal,fuzz/session/seeds.c fuzz/session/pools.c) $(O)/libiserspec.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# Every case is a seed; they are made, not kept.
$(SESSION_DIR)/seeds/.made: $(SESSION_DIR)/seeds.program $(wildcard cases/*/*/*.iser)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(call say,SEEDS)
	$(Q)$< $(@D) && touch $@
$(FUZZ_DIR)/session.libfuzzer $(FUZZ_DIR)/session.plain $(FUZZ_DIR)/session.coverage: | $(SESSION_DIR)/seeds/.made
$(FUZZ_DIR)/session.afl $(FUZZ_DIR)/session.aflplain: | $(SESSION_DIR)/seeds/.made $(FUZZ_DIR)/session_mutator.so

# How soon mutants are found without their cases: make fuzz-knobs [TIME=60] [DRAW=60] [SEED=1]
$(SESSION_DIR)/knobs.program: $(call obj,normal,fuzz/session/knobs.c) $(O)/libiserspec.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# Sessions a second a core, by role: make fuzz-rate [SESSIONS=10000] [SEED=1]
$(SESSION_DIR)/rate.program: $(call obj,normal,fuzz/session/rate.c fuzz/session/pools.c) $(O)/libiserspec.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
.PHONY: fuzz-knobs fuzz-rate
fuzz-rate: $(SESSION_DIR)/rate.program
	$< $(or $(SESSIONS),10000) $(or $(SEED),1)
fuzz-knobs: $(SESSION_DIR)/knobs.program
	$< --time $(or $(TIME),60) $(if $(DRAW),--draw $(DRAW)) $(if $(SEED),--seed $(SEED))
