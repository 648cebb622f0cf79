# SPDX-License-Identifier: BSD-2-Clause
# Planted bugs: does the session fuzzer find what is known to be there? make fuzz-planted [TIME=300] [BUGS='04 07']

PLANTED_DIR  := $(FUZZ_DIR)/planted
PLANTED_SRCS := fuzz/planted/main.c $(sort $(wildcard harness/peer/*.c harness/peer/*/*.c harness/monitors/*.c)) $(FUZZ_WIRE)
PLANTED_OBJS := $(PLANTED_SRCS:%.c=$(PLANTED_DIR)/obj/%.o)
PLANTED_CC   := clang $(subst -O1,-O2,$(FUZZ_CFLAGS)) $(FUZZ_SANITIZE)

$(PLANTED_DIR)/obj/%.o: %.c | $(O)/gen/monitors.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(PLANTED_CC) -MMD -MP -c -o $@ $<
$(PLANTED_DIR)/planted.clean: $(PLANTED_OBJS) $(O)/libiserspec.a
	$(call say,LD)
	$(Q)$(PLANTED_CC) -o $@ $^ -Wl,--as-needed $(LDLIBS)
	$(Q)echo '$(PLANTED_OBJS)' >$(PLANTED_DIR)/objects
	$(Q)echo "$(subst ",\",$(PLANTED_CC))" >$(PLANTED_DIR)/compile
	$(Q)echo '$(O)/libiserspec.a -Wl,--as-needed $(LDLIBS)' >$(PLANTED_DIR)/libraries
.PHONY: fuzz-planted
fuzz-planted: $(PLANTED_DIR)/planted.clean
	@fuzz/planted/run $(PLANTED_DIR) $(or $(TIME),300) $(BUGS)
