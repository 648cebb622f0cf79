# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets, each for libFuzzer and for AFL++, both under ASan and UBSan. Included by the top Makefile.

FUZZ_TARGETS := $(patsubst fuzz/fuzz_%.c,%,$(sort $(wildcard fuzz/fuzz_*.c)))
FUZZ_DIR     := $(O)/fuzz
FUZZ_WIRE    := $(sort $(wildcard harness/wire/*.c))
# What is watched for new paths; the rest of the program comes uninstrumented from the library.
FUZZ_SRCS_pdu    := $(FUZZ_WIRE)
FUZZ_SRCS_text   := $(FUZZ_WIRE)
FUZZ_SRCS_script := $(sort $(wildcard harness/script/parse/*.c)) \
	$(filter %/err.c %/text_values.c,$(FUZZ_WIRE))
FUZZ_LIBS_script = $(O)/libiserspec.a

FUZZ_CFLAGS := -std=gnu17 $(CPPFLAGS) -g -O1 -fno-omit-frame-pointer
FUZZ_CLANG  := clang $(FUZZ_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_AFL    := AFL_QUIET=1 AFL_USE_ASAN=1 AFL_USE_UBSAN=1 afl-clang-fast $(FUZZ_CFLAGS)

FUZZ_BINS := $(foreach t,$(FUZZ_TARGETS),$(FUZZ_DIR)/$(t).libfuzzer $(FUZZ_DIR)/$(t).afl)

.PHONY: fuzz fuzz-smoke fuzz-seeds
fuzz: $(FUZZ_BINS)

$(FUZZ_DIR)/libfuzzer/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CLANG) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
$(FUZZ_DIR)/afl/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_AFL) -MMD -MP -c -o $@ $<

define FUZZ_TARGET
$(FUZZ_DIR)/$(1).libfuzzer: $(patsubst %.c,$(FUZZ_DIR)/libfuzzer/%.o,fuzz/fuzz_$(1).c $(FUZZ_SRCS_$(1))) $$(FUZZ_LIBS_$(1))
	$(FUZZ_CLANG) -fsanitize=fuzzer -o $$@ $$^ $$(if $$(FUZZ_LIBS_$(1)),$$(LDLIBS))
$(FUZZ_DIR)/$(1).afl: $(patsubst %.c,$(FUZZ_DIR)/afl/%.o,fuzz/fuzz_$(1).c $(FUZZ_SRCS_$(1))) $$(FUZZ_LIBS_$(1))
	$(FUZZ_AFL) -fsanitize=fuzzer -o $$@ $$^ $$(if $$(FUZZ_LIBS_$(1)),$$(LDLIBS))
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call FUZZ_TARGET,$(t))))

fuzz-smoke: fuzz
	fuzz/smoke $(FUZZ_DIR) $(FUZZ_TARGETS)

$(FUZZ_DIR)/make_seeds: fuzz/make_seeds.c $(FUZZ_WIRE)
	@mkdir -p $(@D)
	$(CC) -std=gnu17 $(WARN) $(CPPFLAGS) -g -O1 -o $@ $^
fuzz-seeds: $(FUZZ_DIR)/make_seeds
	mkdir -p corpus/pdu/seeds corpus/text/seeds
	$(FUZZ_DIR)/make_seeds corpus
