# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets, each for libFuzzer and for AFL++, both under ASan and UBSan. Included by the top Makefile.
#
# A target is fuzz/fuzz_NAME.c, and in this file, as far as it needs them,
#   FUZZ_SRCS_NAME     sources that are instrumented: watched for new paths and run under the sanitizers
#   FUZZ_LIBS_NAME     where the rest of the program comes from, uninstrumented
#   FUZZ_SEEDS_NAME    folders of seeds beside corpus/NAME/seeds
#   FUZZ_MAX_LEN_NAME  bytes of an input at most (4096)
#   FUZZ_TIMEOUT_NAME  seconds that an input may take (5)
#   FUZZ_DICT_NAME     the target whose dictionary it uses (NAME)
#   FUZZ_MERGE_NAME    what a merge of its corpus is told
#   FUZZ_MUTATOR_NAME  the shape of its inputs, for the structure-aware mutator: message, text or sequence (mutator/mutator.mk)
#   FUZZ_MUTATOR_LIB_NAME  AFL++'s mutator of that target alone; libFuzzer's is among its sources

FUZZ_TARGETS := $(patsubst fuzz/fuzz_%.c,%,$(sort $(wildcard fuzz/fuzz_*.c)))
FUZZ_ENGINES := libfuzzer afl
FUZZ_DIR     := $(O)/fuzz
FUZZ_WIRE    := $(sort $(wildcard harness/wire/*.c))
FUZZ_FILES   := harness/report/escape.c harness/report/file.c harness/report/memory.c

FUZZ_SRCS_ahs       := $(FUZZ_WIRE)
FUZZ_SRCS_audit     := $(sort $(wildcard harness/monitors/*.c harness/oracle/*.c)) harness/report/events.c harness/fabric/log.c $(FUZZ_WIRE)
FUZZ_SRCS_baseline  := harness/oracle/baseline.c harness/oracle/verdict.c $(FUZZ_WIRE)
FUZZ_SRCS_capture   := $(sort $(wildcard harness/capture/*.c)) $(FUZZ_WIRE)
FUZZ_SRCS_case      := $(sort $(wildcard harness/script/run/*.c harness/peer/*.c harness/peer/*/*.c)) harness/cli/run_case.c
FUZZ_SRCS_claims    := harness/certificate/claims.c $(FUZZ_FILES) harness/wire/err.c
FUZZ_SRCS_cm_data   := $(FUZZ_WIRE)
FUZZ_SRCS_describe  := $(FUZZ_WIRE)
FUZZ_SRCS_journal   := harness/cli/journal.c harness/report/json.c harness/report/json_finding.c harness/report/report.c harness/oracle/verdict.c $(FUZZ_FILES)
FUZZ_SRCS_log       := harness/report/events.c harness/report/secrets.c harness/fabric/log.c $(sort $(wildcard harness/report/ladder*.c)) \
	harness/report/columns.c harness/report/words.c harness/fabric/fabric_log.c harness/fabric/end.c harness/oracle/verdict.c $(FUZZ_FILES) $(FUZZ_WIRE) \
	$(sort $(wildcard harness/capture/*.c harness/report/pcap/*.c))
FUZZ_SRCS_manifest  := harness/certificate/manifest.c $(FUZZ_FILES) harness/wire/err.c
FUZZ_SRCS_negotiate := harness/peer/login/negotiate.c $(FUZZ_WIRE)
FUZZ_SRCS_options   := harness/cli/option_value.c harness/script/enumerate.c harness/script/order.c harness/peer/config.c harness/peer/knobs.c $(FUZZ_WIRE)
FUZZ_SRCS_pdu       := $(FUZZ_WIRE)
FUZZ_SRCS_report    := $(sort $(wildcard harness/report/*.c)) harness/oracle/verdict.c
FUZZ_SRCS_script    := $(sort $(wildcard harness/script/parse/*.c)) \
	$(filter %/err.c %/text_values.c,$(FUZZ_WIRE))
FUZZ_SRCS_session   := fuzz/session/pools.c fuzz/session/libfuzzer.c \
	$(sort $(wildcard harness/peer/*.c harness/peer/*/*.c harness/monitors/*.c))
FUZZ_SRCS_text      := $(FUZZ_WIRE)
FUZZ_SRCS_url       := harness/cli/target_url.c harness/wire/err.c

FUZZ_MUTATOR_describe := message
FUZZ_MUTATOR_pdu      := message
FUZZ_MUTATOR_text     := text

# What parses no more than bytes of the wire stands on the codec alone.
FUZZ_CODEC := ahs cm_data describe pdu text
$(foreach t,$(filter-out $(FUZZ_CODEC),$(FUZZ_TARGETS)),$(eval FUZZ_LIBS_$(t) ?= $$(O)/libiserspec.a))

FUZZ_SEEDS_case      := cases/target cases/initiator
FUZZ_SEEDS_script    := cases/target cases/initiator
FUZZ_SEEDS_session   := $(FUZZ_DIR)/session/seeds
FUZZ_MAX_LEN_audit   := 16384
FUZZ_MAX_LEN_capture := 16384
FUZZ_MAX_LEN_journal := 16384
FUZZ_MAX_LEN_log     := 16384
FUZZ_MAX_LEN_report  := 16384
FUZZ_MAX_LEN_session := 16384
FUZZ_MUTATOR_LIB_session := $(FUZZ_DIR)/session_mutator.so
FUZZ_TIMEOUT_case    := 20
FUZZ_DICT_audit     := log
FUZZ_DICT_case      := script
FUZZ_DICT_describe  := pdu
FUZZ_DICT_negotiate := text
# How often a loop over lines went round is no news.
FUZZ_MERGE_audit     := -use_counters=0
FUZZ_MERGE_capture   := -use_counters=0
FUZZ_MERGE_case      := -use_counters=0
FUZZ_MERGE_session   := -use_counters=0
FUZZ_MERGE_journal   := -use_counters=0
FUZZ_MERGE_negotiate := -use_counters=0
FUZZ_MERGE_log       := -use_counters=0
FUZZ_MERGE_report    := -use_counters=0

# An engine is a compiler, what it adds to each file and what it adds to the program. `plain` and `aflplain` are the two without
# the sanitizers, which `make bench` measures; `coverage` replays a corpus, and says which lines it reached; `external` is
# what the environment says, where ClusterFuzzLite or OSS-Fuzz builds.
FUZZ_CFLAGS := -std=gnu17 $(CPPFLAGS) -I$(O)/gen -g -O1 -fno-omit-frame-pointer
FUZZ_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CC_libfuzzer     := clang $(WARN) $(FUZZ_CFLAGS) $(FUZZ_SANITIZE)
FUZZ_OBJECT_libfuzzer := -fsanitize=fuzzer-no-link
FUZZ_LINK_libfuzzer   := -fsanitize=fuzzer
# clang's own instrumentation: behind some `?:` that of AFL++ 4.04 counts where it has no counter, and the program dies of it.
FUZZ_CC_afl           := AFL_LLVM_INSTRUMENT=LLVMNATIVE AFL_QUIET=1 AFL_USE_ASAN=1 AFL_USE_UBSAN=1 afl-clang-fast $(FUZZ_CFLAGS)
FUZZ_LINK_afl         := -fsanitize=fuzzer
FUZZ_CC_plain         := clang $(subst -O1,-O2,$(FUZZ_CFLAGS))
FUZZ_OBJECT_plain     := -fsanitize=fuzzer-no-link -DFUZZ_PLAIN
FUZZ_LINK_plain       := -fsanitize=fuzzer
FUZZ_CC_aflplain      := AFL_LLVM_INSTRUMENT=LLVMNATIVE AFL_QUIET=1 afl-clang-fast $(subst -O1,-O2,$(FUZZ_CFLAGS))
FUZZ_OBJECT_aflplain  := -DFUZZ_PLAIN
FUZZ_LINK_aflplain    := -fsanitize=fuzzer
FUZZ_CC_coverage      := clang $(FUZZ_CFLAGS) -fprofile-instr-generate -fcoverage-mapping
FUZZ_LINK_coverage    := -fsanitize=fuzzer
FUZZ_CC_external      = $(CC) -std=gnu17 $(CPPFLAGS) -I$(O)/gen $(CFLAGS)
FUZZ_LD_external      = $(CXX) $(CXXFLAGS) -Wl,-rpath,'$$ORIGIN/lib'
FUZZ_LINK_external    = $(LIB_FUZZING_ENGINE)
# OSS-Fuzz says which engine it is; the mutator that is linked is libFuzzer's alone.
FUZZ_MUTATES_external := $(or $(FUZZING_ENGINE),libfuzzer)
# All of the program is built by the last two, not what is watched alone.
FUZZ_REST_coverage    := $(FUZZ_DIR)/coverage/libiserspec.a
FUZZ_REST_external    := $(O)/libiserspec.a

.PHONY: fuzz unit-clang fuzz-campaign fuzz-smoke fuzz-coverage fuzz-bench fuzz-install fuzz-oss corpus

# $(1) is an engine. The generated headers are of the few files that want them.
define FUZZ_ENGINE
$(FUZZ_DIR)/$(1)/%.o: %.c | $(O)/gen/monitors.h $(O)/gen/commit.h $(O)/gen/page.h
	@mkdir -p $$(@D)
	$$(call say,FUZZ)
	$$(Q)$$(FUZZ_CC_$(1)) $$(FUZZ_OBJECT_$(1)) -MMD -MP -c -o $$@ $$<
$(foreach t,$(FUZZ_TARGETS),$(eval $(call FUZZ_PROGRAM,$(t),$(1))))
endef

# $(1) is a target, $(2) an engine.
define FUZZ_PROGRAM
$(FUZZ_DIR)/$(1).$(2): $(patsubst %.c,$(FUZZ_DIR)/$(2)/%.o,fuzz/fuzz_$(1).c \
		$(if $(FUZZ_REST_$(2)),$(filter fuzz/%,$(FUZZ_SRCS_$(1))),$(FUZZ_SRCS_$(1)))) \
		$(if $(filter libfuzzer,$(or $(FUZZ_MUTATES_$(2)),$(2))),$(FUZZ_MUTATOR_$(1):%=$(FUZZ_DIR)/mutator-%.o)) \
		$(or $(FUZZ_REST_$(2)),$$(FUZZ_LIBS_$(1))) $(if $(filter afl,$(2)),| $(FUZZ_MUTATOR_$(1):%=$(FUZZ_DIR)/mutator-%.so))
	$$(call say,LD)
	$$(Q)$$(or $$(FUZZ_LD_$(2)),$$(FUZZ_CC_$(2))) -o $$@ $$^ $$(FUZZ_LINK_$(2)) $(LDFLAGS) -Wl,--as-needed $$(LDLIBS)
endef
$(foreach e,$(FUZZ_ENGINES) plain aflplain coverage external,$(eval $(call FUZZ_ENGINE,$(e))))

# The unit tests by clang: of libFuzzer's objects, so that clang compiles the sources once.
FUZZ_TESTS := $(patsubst %.c,$(FUZZ_DIR)/libfuzzer/%.o,$(UNIT_SRCS) harness/tests/unit_main.c)
$(FUZZ_TESTS): FUZZ_CC_libfuzzer := $(subst -O1,-O0,$(FUZZ_CC_libfuzzer)) $(TEST_CPPFLAGS)
$(FUZZ_TESTS): | $(O)/gen/suites.h
$(FUZZ_DIR)/unit: $(FUZZ_TESTS) $(patsubst %.c,$(FUZZ_DIR)/libfuzzer/%.o,$(LIB_SRCS))
	$(call say,LD)
	$(Q)$(FUZZ_CC_libfuzzer) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS)
unit-clang: $(FUZZ_DIR)/unit
	@tools/unit $(FUZZ_DIR)/unit $(or $(SUITE),$(SUITES))

$(FUZZ_DIR)/coverage/libiserspec.a: $(patsubst %.c,$(FUZZ_DIR)/coverage/%.o,$(LIB_SRCS))
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcs $@ $^

# All of the program, since what no target has counts as well.
$(FUZZ_DIR)/all.coverage: $(FUZZ_DIR)/coverage/fuzz/bare/empty.o $(FUZZ_DIR)/coverage/libiserspec.a
	$(call say,LD)
	$(Q)$(FUZZ_CC_coverage) $(FUZZ_LINK_coverage) -o $@ $< -Wl,--whole-archive $(FUZZ_DIR)/coverage/libiserspec.a -Wl,--no-whole-archive $(LDLIBS)

# make fuzz [TARGET='pdu text'] [ENGINE=libfuzzer|afl] [TIME=10m]
FUZZ_CHOSEN = $(or $(TARGET),$(FUZZ_TARGETS))
FUZZ_WANTED = $(foreach e,$(or $(ENGINE),$(FUZZ_ENGINES)),$(FUZZ_CHOSEN:%=$(FUZZ_DIR)/%.$(e)))
FUZZ_ENV    = $(foreach v,$(filter FUZZ_SEEDS_% FUZZ_MAX_LEN_% FUZZ_TIMEOUT_% FUZZ_DICT_% FUZZ_MERGE_% FUZZ_MUTATOR_%,$(.VARIABLES)),$(v)='$($(v))')
fuzz: $(FUZZ_WANTED)
	@$(FUZZ_ENV) fuzz/run $(if $(ENGINE),--engine '$(ENGINE)') --time '$(or $(TIME),1m)' $(FUZZ_DIR) $(FUZZ_CHOSEN)

# make fuzz-campaign TARGET=pdu [FOLDER=/srv/fuzz/pdu] [TIME=30d] [JOBS=8] [HOST=name] [STATUS=yes]
fuzz-campaign: $(FUZZ_CHOSEN:%=$(FUZZ_DIR)/%.afl) 
	@$(FUZZ_ENV) fuzz/campaign $(if $(JOBS),--jobs '$(JOBS)') $(if $(HOST),--host '$(HOST)') $(if $(TIME),--time '$(TIME)') \
		$(if $(STATUS),--status) '$(or $(FOLDER),$(FUZZ_DIR)/campaign/$(FUZZ_CHOSEN))' $(FUZZ_DIR) $(FUZZ_CHOSEN)

# All of them, regressions first, for as long as a test may take. [TARGET=] [ENGINE=]
fuzz-smoke: $(FUZZ_WANTED)
	@$(FUZZ_ENV) fuzz/run $(if $(ENGINE),--engine '$(ENGINE)') --fresh --time $(or $(FUZZ_SECONDS),1)s $(FUZZ_DIR) $(FUZZ_CHOSEN)

# The lines that the corpus alone reaches, by folder, and the percentage that all targets together have to come to.
FUZZ_BARS = $(if $(TARGET),,wire=95 peer=85 script=85)
fuzz-coverage: $(FUZZ_CHOSEN:%=$(FUZZ_DIR)/%.coverage) $(FUZZ_DIR)/all.coverage
	@$(FUZZ_ENV) FUZZ_BARS='$(FUZZ_BARS)' fuzz/coverage $(FUZZ_DIR) $(FUZZ_CHOSEN)

# For fuzz/oss-fuzz/build.sh: to OUT.
fuzz-install: $(FUZZ_TARGETS:%=$(FUZZ_DIR)/%.external)
	@$(FUZZ_ENV) fuzz/install $(FUZZ_DIR) '$(or $(OUT),$(FUZZ_DIR)/out)' $(FUZZ_TARGETS)

fuzz-oss:
	fuzz/oss-fuzz/check $(FUZZ_DIR)

# What the targets of the codec cost beyond the engine and the decode: fuzz/bare has both alone.
FUZZ_BENCHED := pdu ahs cm_data text
define FUZZ_BARE
$(FUZZ_BENCHED:%=$(FUZZ_DIR)/%.bare.$(1)) $(FUZZ_DIR)/empty.bare.$(1): $(FUZZ_DIR)/%.bare.$(1): $(FUZZ_DIR)/$(1)/fuzz/bare/%.o $(patsubst %.c,$(FUZZ_DIR)/$(1)/%.o,$(FUZZ_WIRE))
	$$(call say,LD)
	$$(Q)$$(FUZZ_CC_$(1)) $$(FUZZ_LINK_$(1)) -o $$@ $$^
endef
$(foreach e,plain aflplain,$(eval $(call FUZZ_BARE,$(e))))
fuzz-bench: $(foreach e,plain aflplain,$(FUZZ_BENCHED:%=$(FUZZ_DIR)/%.$(e)) $(FUZZ_DIR)/empty.bare.$(e)) $(FUZZ_BENCHED:%=$(FUZZ_DIR)/%.bare.plain)
	@fuzz/bench $(FUZZ_DIR) $(FUZZ_BENCHED)

# Seeds anew from every case's exchange with the model; GROWN=yes takes in what `make fuzz` came to, CHECK=yes only looks.
FUZZ_SEEDMAKER := $(sort $(wildcard fuzz/seeds/*.c))
$(FUZZ_DIR)/seeds.program: $(call obj,normal,$(FUZZ_SEEDMAKER)) $(O)/libiserspec.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
corpus: $(FUZZ_CHOSEN:%=$(FUZZ_DIR)/%.libfuzzer) $(FUZZ_DIR)/seeds.program $(O)/iserspec
	@$(FUZZ_ENV) fuzz/corpus $(if $(GROWN),--grown) $(if $(CHECK),--check) $(FUZZ_DIR) $(O)/iserspec $(FUZZ_CHOSEN)

-include $(wildcard fuzz/*/*.mk)
