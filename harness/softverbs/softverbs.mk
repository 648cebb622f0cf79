# SPDX-License-Identifier: BSD-2-Clause
# make softverbs     build/softverbs/: libibverbs.so.1 and librdmacm.so.1 for LD_LIBRARY_PATH
#
# Both names lead to one library: the connection manager needs the verbs' insides, and the dynamic
# linker asks only for a file of that name which has the versions.

# What the library takes of the simulator: queue pairs, keys, the clock's order.
SV_SRCS := $(sort $(filter-out %/held.c,$(wildcard harness/softverbs/*.c))) \
	$(addprefix harness/fabric/sim/,clock.c memory.c message.c qp.c responder.c)
SV_CFLAGS := -fPIC -fvisibility=hidden -pthread
SV_LDFLAGS := -shared -pthread -Wl,-soname,libibverbs.so.1 -Wl,--version-script,harness/softverbs/softverbs.map \
	-Wl,-z,nodelete -Wl,-z,relro

.PHONY: softverbs softverbs-san
softverbs: $(O)/softverbs/libibverbs.so.1 $(O)/softverbs/held
softverbs-san: $(O)/softverbs-san/libibverbs.so.1

$(O)/softverbs/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) $(SV_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/softverbs-san/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) $(SANITIZE) $(SV_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/softverbs/libibverbs.so.1: $(call obj,softverbs,$(SV_SRCS)) harness/softverbs/softverbs.map
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(SV_LDFLAGS) -Wl,-z,defs -o $@ $(filter %.o,$^)
	@ln -sf libibverbs.so.1 $(@D)/librdmacm.so.1

# What a process holds, by its id.
$(O)/softverbs/held: $(call obj,softverbs,harness/softverbs/held.c harness/softverbs/name.c)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(O)/softverbs-san/libibverbs.so.1: $(call obj,softverbs-san,$(SV_SRCS)) harness/softverbs/softverbs.map
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(SV_LDFLAGS) -o $@ $(filter %.o,$^)
	@ln -sf libibverbs.so.1 $(@D)/librdmacm.so.1
