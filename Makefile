# SPDX-License-Identifier: BSD-2-Clause
# make               the program, build/iserspec
# make conformance   everything on real implementations, in a virtual machine
# make check         all tests
# make help          the rest
#
# CC=clang picks the compiler, O=DIR another build folder, V=1 shows the commands.

O       ?= build
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
VERSION := 0.1.0

WARN   := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror
LIBS   := jansson libxml-2.0 nettle blkid libarchive libcrypto zlib
CPPFLAGS += -D_GNU_SOURCE -DISERSPEC_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
# For x86 gcc clears a struct by `rep stos`, which takes longer to begin than to clear one: a twentieth of a session.
STORES := -mmemset-strategy=unrolled_loop:512:noalign,libcall:-1:noalign
CFLAGS ?= -O2 -g $(shell $(CC) $(STORES) -E -x c /dev/null >/dev/null 2>&1 && echo '$(STORES)')
CFLAGS := $(CFLAGS)
LDLIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null) -lrdmacm -libverbs -lpcap
SANITIZE := -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

LIB_SRCS  := $(filter-out harness/tests/% harness/softverbs/% harness/cli/main.c,$(sort $(wildcard harness/*/*.c harness/*/*/*.c)))
MAIN_SRC  := harness/cli/main.c
UNIT_SRCS := $(sort $(wildcard harness/tests/test_*.c))
SUITES    := $(patsubst harness/tests/test_%.c,%,$(UNIT_SRCS))
# Programs of their own, one file each: measurements and checks that need a device.
TOOL_SRCS := $(sort $(wildcard harness/tests/lab_*.c harness/tests/bench_*.c))
TOOLS     := $(TOOL_SRCS:harness/tests/%.c=$(O)/%)

Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)  $(patsubst $(O)/%,%,$@)')

obj = $(patsubst %.c,$(O)/$(1)/%.o,$(2))
COMPILE = $(CC) -std=gnu17 $(WARN) $(CPPFLAGS) $(CFLAGS)

.PHONY: explore all unit unit-run valgrind prove judge pcap mutants rules cli-test page-check check lint format conformance conformance-debug fuzz-live fuzz-kernel interop reproduce publish sut-coverage bench install clean help
all: $(O)/iserspec

$(O)/libiserspec.a: $(call obj,normal,$(LIB_SRCS))
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcs $@ $^

$(O)/libiserspec-san.a: $(call obj,san,$(LIB_SRCS))
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcs $@ $^

$(O)/iserspec: $(call obj,normal,$(MAIN_SRC)) $(O)/libiserspec.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The same program under AddressSanitizer and UndefinedBehaviorSanitizer.
$(O)/iserspec-san: $(call obj,san,$(MAIN_SRC)) $(O)/libiserspec-san.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(O)/normal/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

$(O)/san/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) $(SANITIZE) -MMD -MP -c -o $@ $<

$(TOOLS): $(O)/%: $(O)/normal/harness/tests/%.o $(O)/libiserspec.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
tools: $(TOOLS)

# Monitors: monitors.h lists each harness/monitors/NAME.c.
MONITORS := $(patsubst harness/monitors/%.c,%,$(sort $(wildcard harness/monitors/*.c)))
$(O)/gen/monitors.h: $(wildcard harness/monitors/*.c) Makefile
	@mkdir -p $(@D)
	@{ printf '#define MONITORS'; for m in $(MONITORS); do printf ' X(%s)' $$m; done; printf '\n'; } >$@
$(call obj,normal,harness/oracle/watch.c) $(call obj,san,harness/oracle/watch.c): CPPFLAGS += -I$(O)/gen
$(call obj,normal,harness/oracle/watch.c) $(call obj,san,harness/oracle/watch.c): $(O)/gen/monitors.h

# Pages, of a report, of a matrix and of a certificate: their files as string literals, in page.h.
PAGE := harness/report/html
PAGE_SHARED := $(PAGE)/base.js $(PAGE)/frame.js
PAGE_REPORT := $(sort $(wildcard $(PAGE)/*.js))
PAGE_MATRIX := $(PAGE_SHARED) $(sort $(wildcard $(PAGE)/matrix/*.js))
PAGE_CERTIFICATE := $(PAGE_SHARED) $(sort $(wildcard $(PAGE)/certificate/*.js))
PAGE_STYLE := $(PAGE)/page.css
CERTIFICATE_STYLE := $(PAGE_STYLE) $(PAGE)/certificate/certificate.css
MATRIX_STYLE := $(PAGE_STYLE) $(PAGE)/matrix/matrix.css
literal = sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' $(1)
literals = echo 'const char *const html_$(1)[] = {'; $(foreach s,$(2),$(call literal,$(s)); echo ',';) echo 'NULL};'
$(O)/gen/page.h: $(PAGE)/page.html $(MATRIX_STYLE) $(CERTIFICATE_STYLE) $(PAGE_REPORT) $(PAGE_MATRIX) $(PAGE_CERTIFICATE) Makefile
	@mkdir -p $(@D)
	@{ echo 'const char html_frame[] ='; $(call literal,$(PAGE)/page.html); echo ';'; \
	   $(call literals,report_styles,$(PAGE_STYLE)); $(call literals,report_scripts,$(PAGE_REPORT)); \
	   $(call literals,matrix_styles,$(MATRIX_STYLE)); $(call literals,matrix_scripts,$(PAGE_MATRIX)); \
	   $(call literals,certificate_styles,$(CERTIFICATE_STYLE)); $(call literals,certificate_scripts,$(PAGE_CERTIFICATE)); } >$@
EMBEDDED := $(call obj,normal,$(PAGE)/embedded.c) $(call obj,san,$(PAGE)/embedded.c)
$(EMBEDDED): CPPFLAGS += -I$(O)/gen
$(EMBEDDED): $(O)/gen/page.h

# The commit that is built, for reports: made anew only when it is another one.
.PHONY: commit
$(O)/gen/commit.h: commit
	@mkdir -p $(@D)
	@c=$${COMMIT:-$$(git describe --always --exclude='*' --abbrev=12 --dirty=+ 2>/dev/null || echo unknown)}; \
	   line="#define ISERSPEC_COMMIT \"$$c\""; [ "$$line" = "$$(cat $@ 2>/dev/null)" ] || printf '%s\n' "$$line" >$@
$(call obj,normal,harness/cli/complain.c) $(call obj,san,harness/cli/complain.c): CPPFLAGS += -I$(O)/gen
$(call obj,normal,harness/cli/complain.c) $(call obj,san,harness/cli/complain.c): $(O)/gen/commit.h

# Unit tests: suites.h lists a suite for each harness/tests/test_NAME.c. Check writes down each assertion that holds, for the day
# on which a test dies without a word; the sanitizers and valgrind say where, and to read 100,000 of them takes longer than the test.
$(O)/gen/suites.h: $(UNIT_SRCS) Makefile
	@mkdir -p $(@D)
	@{ printf '#include <check.h>\n#define _mark_point(file, line) ((void)0)\n'; for s in $(SUITES); do printf 'Suite *%s_suite(void);\n' $$s; done; \
	   printf '#define SUITES'; for s in $(SUITES); do printf ' X(%s)' $$s; done; printf '\n'; } >$@
TEST_CPPFLAGS := -I$(O)/gen $(shell pkg-config --cflags check 2>/dev/null)
UNIT_OBJS = $(call obj,$(1),$(UNIT_SRCS) harness/tests/unit_main.c)
$(call UNIT_OBJS,san) $(call UNIT_OBJS,normal): CPPFLAGS += $(TEST_CPPFLAGS)
# What tests is not what is tested: it need not be fast, but compile fast.
$(call UNIT_OBJS,san): SANITIZE := $(subst -O1,-O0,$(SANITIZE))
$(call UNIT_OBJS,normal): CFLAGS := $(subst -O2,-O0,$(CFLAGS))
$(call UNIT_OBJS,san) $(call UNIT_OBJS,normal): | $(O)/gen/suites.h
$(call obj,san,harness/tests/unit_main.c) $(call obj,normal,harness/tests/unit_main.c): $(O)/gen/suites.h

$(O)/unit: $(call UNIT_OBJS,san) $(O)/libiserspec-san.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS)
$(O)/unit-plain: $(call UNIT_OBJS,normal) $(O)/libiserspec.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) $(LDLIBS)

unit: $(O)/unit
	@tools/unit $(O)/unit $(or $(SUITE),$(SUITES))
# Debian's valgrind does not know pidfd_open(), without which no command is begun, and a thousand certificates take it minutes.
valgrind: $(O)/unit-plain
	@CK_FORK=no UNIT_BATCH=31 tools/unit 'valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite $(O)/unit-plain' $(or $(SUITE),$(filter-out command deed_command verify,$(SUITES)))

# Every case against the honest model and against its mutants, in the simulator.
prove: $(O)/iserspec
	$(O)/iserspec prove --seeds 3
# The models' reports, honest and not, judged again from their logs.
judge: $(O)/iserspec
	@O=$(O) tools/judge
# Their captures, held against tshark and what the monitors found in the run itself.
pcap: $(O)/iserspec
	@O=$(O) tools/pcap/models
# The orders of independent steps around login and logout, the honest model in the cases that look there.
explore: $(O)/iserspec
	$(O)/iserspec explore --bound 600 target/buffers initiator/buffers target/nop initiator/nop target/hello \
		initiator/hello target/logout target/session/login-logout
# Is each rule of the ledger checked, or is it said why not?
rules: $(O)/iserspec
	$(O)/iserspec list --rules --check
	$(O)/iserspec list --tags --check
# Every knob against the suite, and the honest model in SEEDS legal variations.
mutants: $(O)/iserspec
	$(O)/iserspec mutants --jobs $$(nproc) --seeds $(or $(SEEDS),200)
cli-test: $(O)/iserspec $(O)/iserspec-san
	harness/tests/sut-coverage.sh
	harness/tests/interop.sh
	harness/tests/publish.sh $(O)
	harness/tests/rerun.sh $(O)
	harness/tests/cli.sh $(O)

# The page of a report in a browser.
page-check: $(O)/iserspec
	O=$(O) tools/page-check

-include $(wildcard fuzz/fuzz.mk)
include harness/softverbs/softverbs.mk
include tools/package.mk

# What tools/conformance is told by LAB=uml, KERNEL=6.12 and the like.
LAB_WORDS = $(foreach w,LAB KERNEL FABRIC LINK HOSTS CLOCK JITTER MEMORY APPEND SEED SEEDS PARTS,$(if $($(w)),--$(shell echo $(w) | tr A-Z a-z) '$($(w))'))
conformance:
	tools/conformance $(if $(SUT),--sut '$(SUT)') $(LAB_WORDS) $(if $(filter-out undefined,$(origin CASES)),--cases '$(CASES)')
conformance-debug:
	tools/conformance-debug $(if $(SUT),--sut '$(SUT)') $(if $(filter-out undefined,$(origin CASES)),--cases '$(CASES)')
# Sessions on real systems in the lab: TIME long, GUESTS side by side; SOURCE: a tgt or libiscsi of your own, with sanitizers.
# fuzz-kernel: on the kernel that tells more.
FUZZ_WORDS = $(if $(SUT),--sut '$(SUT)') $(foreach w,TIME GUESTS SEED LAB FABRIC JITTER SOURCE,$(if $($(w)),--$(shell echo $(w) | tr A-Z a-z) '$($(w))')) \
	$(if $(filter-out undefined,$(origin CASES)),--cases '$(CASES)')
fuzz-live:
	tools/fuzz-live $(FUZZ_WORDS) $(if $(KERNEL),--kernel '$(KERNEL)')
fuzz-kernel:
	tools/fuzz-live $(FUZZ_WORDS) --kernel '$(or $(KERNEL),debug-cover)'
interop:
	tools/interop $(if $(LAB),--lab '$(LAB)') $(if $(KERNEL),--kernel '$(KERNEL)') $(PARTS)
reproduce:
	tools/reproduce $(if $(SUT),--sut '$(SUT)') $(LAB_WORDS) $(if $(filter-out undefined,$(origin CASES)),--cases '$(CASES)')
# The matrix in reports/published; some ten minutes, and where it is interrupted it goes on.
publish:
	tools/publish $(if $(filter-out undefined,$(origin CASES)),--cases '$(CASES)')
sut-coverage:
	tools/sut-coverage $(if $(SUT),--sut '$(SUT)') $(if $(KERNEL),--kernel '$(KERNEL)') $(if $(SOURCE),--source '$(SOURCE)')
check:
	tools/check
bench:
	tools/bench

lint:
	tools/lint
format:
	@clang-format -i $$(find harness fuzz -name "*.[ch]")

clean:
	rm -rf $(O)
help:
	@sed -n '2,7s/^# \{0,1\}//p' Makefile
	@echo 'make unit [SUITE=pdu]   unit tests under ASan and UBSan      make valgrind   the same under valgrind'
	@echo 'make prove              each case both ways in the simulator make fuzz-smoke fuzzers, briefly'
	@echo 'make mutants            every knob, every legal variation    make judge      verdicts again from logs alone'
	@echo 'make page-check         a report in a browser'
	@echo 'make pcap               captures by tshark, and audited'
	@echo 'make reproduce          the same bytes twice?                make sut-coverage SUT=lio'
	@echo 'make interop            strangers on the honest peer         PARTS="targets"'
	@echo 'make conformance-debug  on a kernel with sanitizers          LAB= KERNEL= FABRIC= SEED= SEEDS= JITTER= PARTS='
	@echo 'make fuzz               our parsers, for a while             TARGET= ENGINE= TIME=10m'
	@echo 'make byo                your parser, fuzzed                  BYO="/path/byo.c ..." NAME= TIME= (fuzz/README.md)'
	@echo 'make corpus             their seeds anew                     TARGET= GROWN=yes'
	@echo 'make fuzz-live SUT=lio  sessions on a real system          make fuzz-kernel the same with sanitizers TIME= GUESTS='
	@echo 'make publish            the matrix in reports/published, run anew'
	@echo 'make install            DESTDIR= PREFIX=/usr/local          make man        make deb'
	@echo 'make softverbs          RDMA libraries without a device   (harness/softverbs/README.md)'
	@echo 'make lint               format, clang-tidy, cppcheck         make bench      measurements'

-include $(shell find $(O) -name '*.d' 2>/dev/null)
