# SPDX-License-Identifier: BSD-2-Clause
# The structure-aware mutator for both engines, for inputs of a shape: sequence, message or text (harness/fuzz/mutate/mutate.h).
#
#   $(O)/fuzz/mutator-SHAPE.o    linked into a libFuzzer target
#   $(O)/fuzz/mutator-SHAPE.so   AFL_CUSTOM_MUTATOR_LIBRARY
#
# Each has a codec of its own inside: what is fuzzed may be that codec with a bug in it, or another with the same names.

ifndef MUTATOR_DIR
MUTATOR_DIR    := $(O)/fuzz
# Reading event logs is no part of it.
MUTATOR_SRCS   := $(filter-out %/from_log.c,$(sort $(wildcard harness/fuzz/mutate/*.c harness/wire/*.c)))
MUTATOR_SHAPES := sequence message text
MUTATOR_OBJS   := $(MUTATOR_SRCS:%.c=$(MUTATOR_DIR)/mutator/%.o)
MUTATOR_CC     := $(CC) -std=gnu17 $(WARN) -D_GNU_SOURCE -O2 -g -fPIC -fvisibility=hidden

$(MUTATOR_OBJS): $(MUTATOR_DIR)/mutator/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(MUTATOR_CC) -MMD -MP -c -o $@ $<

define MUTATOR_SHAPE
$(MUTATOR_DIR)/mutator/$(1)/%.o: fuzz/mutator/%.c
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(MUTATOR_CC) -fvisibility=default -DFUZZ_SHAPE=MUTATE_$(shell echo $(1) | tr a-z A-Z) -MMD -MP -c -o $$@ $$<
$(MUTATOR_DIR)/mutator-$(1).o: $(MUTATOR_DIR)/mutator/$(1)/libfuzzer.o $(MUTATOR_OBJS)
	$$(call say,LD)
	$$(Q)ld -r -o $$@ $$^
	$$(Q)objcopy --keep-global-symbol=LLVMFuzzerCustomMutator --keep-global-symbol=LLVMFuzzerCustomCrossOver $$@
$(MUTATOR_DIR)/mutator-$(1).so: $(MUTATOR_DIR)/mutator/$(1)/afl.o $(MUTATOR_OBJS)
	$$(call say,LD)
	$$(Q)$$(CC) -shared -o $$@ $$^
endef
$(foreach s,$(MUTATOR_SHAPES),$(eval $(call MUTATOR_SHAPE,$(s))))

.PHONY: mutators
mutators: $(foreach s,$(MUTATOR_SHAPES),$(MUTATOR_DIR)/mutator-$(s).o $(MUTATOR_DIR)/mutator-$(s).so)

# Dictionaries, from the same tables.
$(MUTATOR_DIR)/dictionary: $(MUTATOR_DIR)/mutator/dictionary/dictionary.o $(filter $(MUTATOR_DIR)/mutator/harness/wire/%,$(MUTATOR_OBJS))
	$(call say,LD)
	$(Q)$(CC) -o $@ $^
$(MUTATOR_DIR)/mutator/dictionary/dictionary.o: fuzz/mutator/dictionary.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(MUTATOR_CC) -MMD -MP -c -o $@ $<
.PHONY: dictionaries
dictionaries: $(MUTATOR_DIR)/dictionary
	$< message >corpus/pdu/pdu.dict
	$< text >corpus/text/text.dict
endif
