# SPDX-License-Identifier: BSD-2-Clause
# Bring your own parser: fuzz/byo.h and fuzz/README.md.
#
#   make -C ISERSPEC byo BYO='/path/byo.c /path/parser.cc' [NAME=mine] [OUT=DIR] [TIME=5m] [BYO_CFLAGS='-I/path'] [BYO_LIBS='/path/x.a -lz']
#
# Paths are absolute, without blanks. All that is made is in OUT, by default NAME-fuzz beside the first file; nothing in this tree.
# With TIME both engines run for so long, side by side; what was found is made small, and OUT/coverage/index.html says what was reached.

include fuzz/mutator/mutator.mk

NAME    ?= byo
OUT     ?= $(patsubst %/,%,$(dir $(firstword $(BYO))))/$(NAME)-fuzz
BYO_BAD  = $(strip $(foreach f,$(BYO),$(if $(and $(filter /%,$(f)),$(wildcard $(f))),,$(f))))

.PHONY: byo byo-made byo-test byo-seeds
byo:
	@[ -n '$(BYO)' ] || { echo "byo: BYO='/path/byo.c ...' names your sources (fuzz/README.md)" >&2; exit 2; }
	@[ -z "$(BYO_BAD)" ] || { echo "byo: not an absolute path of a file: $(BYO_BAD)" >&2; exit 2; }
	@$(MAKE) --no-print-directory O='$(OUT)/build' byo-made
	@fuzz/byo/run '$(OUT)' '$(NAME)' '$(TIME)'

# What follows is made with O inside of OUT.
BYO_DIR       := $(O)/byo
BYO_FLAGS     := -g -O1 -fno-omit-frame-pointer -Ifuzz $(BYO_CFLAGS)
BYO_SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all
BYO_AFL       := AFL_LLVM_INSTRUMENT=LLVMNATIVE AFL_QUIET=1 AFL_USE_ASAN=1 AFL_USE_UBSAN=1 afl-clang-fast
BYO_PLUS       = $(if $(filter-out %.c,$(BYO)),++)
BYO_libfuzzer  = clang$(1) $(BYO_SANITIZE) -fsanitize=fuzzer$(2)
BYO_afl        = $(BYO_AFL)$(1) $(if $(2),,-fsanitize=fuzzer)
BYO_coverage   = clang$(1) -fprofile-instr-generate -fcoverage-mapping

# The driver with the little of ours that it needs inside, all other names of ours hidden: yours may be the same.
BYO_DRIVER := fuzz/byo/driver.c harness/fuzz/mutate/sequence.c harness/wire/cursor.c
$(BYO_DRIVER:%.c=$(BYO_DIR)/driver/%.o): $(BYO_DIR)/driver/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(MUTATOR_CC) -MMD -MP -c -o $@ $<
$(BYO_DIR)/driver.o: $(BYO_DRIVER:%.c=$(BYO_DIR)/driver/%.o)
	$(Q)ld -r -o $@ $^
	$(Q)objcopy --keep-global-symbol=LLVMFuzzerTestOneInput $@

$(BYO_DIR)/replay.o: fuzz/byo/replay.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(MUTATOR_CC) -MMD -MP -c -o $@ $<
BYO_WITH_libfuzzer := $(MUTATOR_DIR)/mutator-sequence.o
BYO_WITH_coverage  := $(BYO_DIR)/replay.o

# $(1) is an engine, $(2) a source.
define BYO_OBJECT
$(BYO_DIR)/$(1)$(2).o: $(2)
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(call BYO_$(1),$(if $(filter %.c,$(2)),,++),-no-link) $$(BYO_FLAGS) -MMD -MP -c -o $$@ $$<
endef
define BYO_ENGINE
$(foreach f,$(BYO),$(eval $(call BYO_OBJECT,$(1),$(f))))
$(BYO_DIR)/$(NAME).$(1): $(BYO_DIR)/driver.o $(BYO:%=$(BYO_DIR)/$(1)%.o) $(BYO_WITH_$(1))
	$$(call say,LD)
	$$(Q)$$(call BYO_$(1),$$(BYO_PLUS)) -g -o $$@ $$^ $$(BYO_LIBS)
endef
BYO_ENGINES := libfuzzer afl coverage
ifneq ($(BYO),)
$(foreach e,$(BYO_ENGINES),$(eval $(call BYO_ENGINE,$(e))))
endif

# Sessions by hand: show, trim, signature.
BYO_TOOL := fuzz/byo/tool.c fuzz/byo/show.c fuzz/byo/trim.c harness/report/file.c harness/report/memory.c
$(BYO_TOOL:%.c=$(BYO_DIR)/tool/%.o): $(BYO_DIR)/tool/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(MUTATOR_CC) -MMD -MP -c -o $@ $<
$(BYO_DIR)/byo-tool: $(BYO_TOOL:%.c=$(BYO_DIR)/tool/%.o) $(MUTATOR_OBJS)
	$(call say,LD)
	$(Q)$(CC) -o $@ $^

byo-made: $(BYO_ENGINES:%=$(BYO_DIR)/$(NAME).%) $(BYO_DIR)/byo-tool $(MUTATOR_DIR)/mutator-sequence.so $(MUTATOR_DIR)/dictionary
	@mkdir -p '$(OUT)/seeds'
	@cp -p $(BYO_ENGINES:%=$(BYO_DIR)/$(NAME).%) $(BYO_DIR)/byo-tool $(MUTATOR_DIR)/mutator-sequence.so '$(OUT)/'
	@$(MUTATOR_DIR)/dictionary sequence >'$(OUT)/$(NAME).dict'
	@cp -n corpus/sequence/seeds/* '$(OUT)/seeds/'

# Make's own words in it are not ours: the commands there begin makes of their own.
byo-test:
	MAKEFLAGS= MAKELEVEL= fuzz/byo/test

# The seeds anew, from what all cases and the models say to one another; short ones first, so that long ones are not kept for what they share.
$(BYO_DIR)/sessions: $(call obj,normal,fuzz/byo/sessions.c) $(O)/libiserspec.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
byo-seeds: $(O)/iserspec $(BYO_DIR)/sessions
	rm -rf $(BYO_DIR)/runs corpus/sequence/seeds
	for role in target initiator; do $(O)/iserspec run --model $$role --report $(BYO_DIR)/runs/$$role >$(BYO_DIR)/$$role.out || exit; done
	ls -Sr $(BYO_DIR)/runs/*/logs/*.jsonl | xargs $(BYO_DIR)/sessions corpus/sequence/seeds
