# SPDX-License-Identifier: BSD-2-Clause
# make man           build/man: the manual pages, from what --help says and cases/language.md
# make install       the program, the cases, the lab: DESTDIR= PREFIX=/usr/local
# make deb           build/deb: the Debian packages, from what is committed

PREFIX ?= /usr/local
# Of the pages: the day that the sources are of.
MAN_DATE = $(shell if [ "$$SOURCE_DATE_EPOCH" ]; then date -u -d "@$$SOURCE_DATE_EPOCH" +%F; else git log -1 --format=%cs 2>/dev/null || date +%F; fi)

.PHONY: man deb
man: $(O)/iserspec
	@tools/manual $(O)/iserspec $(MAN_DATE) $(O)/man

# Where the program stands, it finds the cases at ../share/iserspec.
install: $(O)/iserspec softverbs man
	@O=$(O) tools/install '$(DESTDIR)$(PREFIX)'
deb:
	@tools/deb $(O)/deb
