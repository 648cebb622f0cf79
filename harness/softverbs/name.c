/* SPDX-License-Identifier: BSD-2-Clause */
/* Under which names processes find each other. */
#include "softverbs.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

void sv_name(char name[SV_NAME_MAX], const char *fmt, ...)
{
	const char *space = getenv("SOFTVERBS_SPACE");
	va_list ap;
	int n;

	n = snprintf(name, SV_NAME_MAX, "softverbs/%u/%.30s/", (unsigned)getuid(),
		     space ? space : "");
	va_start(ap, fmt);
	vsnprintf(name + n, (size_t)(SV_NAME_MAX - n), fmt, ap);
	va_end(ap);
}

/* Abstract names: they go with their sockets, and each network namespace has its own. */
socklen_t sv_name_address(const char *name, struct sockaddr_un *a)
{
	const size_t len = strlen(name);

	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(a->sun_path + 1, name, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
}
