/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the kernel's log as it grows and picks out complaints. */
#include "kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Text that a well kernel does not log. A user program's fault is put otherwise ("general
 * protection fault ip:"). */
static const char trouble[] =
	"BUG|WARNING:|Oops|blocked for more than|KASAN|UBSAN|KCSAN|KFENCE|refcount_t"
	"|general protection fault[,:]|list_(add|del) corruption|detected stall"
	"|possible circular locking|inconsistent lock state";

/* Where the kernel was. A program's own place is a number. */
static const char place[] = "RIP: [0-9a-f]+:[a-zA-Z_]";

/* A read gives one record, of at most 8 KiB. */
enum { RECORD_ROOM = 8192, TOLD_MAX = 8 };

int kernel_log_open(struct kernel_log *k, const char *path, const char *more, const char *known,
		    struct err *e)
{
	*k = (struct kernel_log){.fd = -1};
	if (pattern_compile(&k->trouble, trouble, e))
		return -1;
	k->has_trouble = true;
	if (pattern_compile(&k->place, place, e))
		return -1;
	k->has_place = true;
	if (more && pattern_compile(&k->more, more, e))
		return -1;
	k->has_more = more;
	if (known && pattern_compile(&k->known, known, e))
		return -1;
	k->has_known = known;
	k->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (k->fd < 0 || lseek(k->fd, 0, SEEK_END) < 0)
		return err_set(e, errno, "cannot read %s", path);
	return 0;
}

void kernel_log_close(struct kernel_log *k)
{
	if (k->fd >= 0)
		close(k->fd);
	if (k->has_trouble)
		regfree(&k->trouble);
	if (k->has_place)
		regfree(&k->place);
	if (k->has_more)
		regfree(&k->more);
	if (k->has_known)
		regfree(&k->known);
	*k = (struct kernel_log){.fd = -1};
}

const char *kernel_log_text(const char *line)
{
	const char *semicolon = strchr(line, ';');
	return *line >= '0' && *line <= '9' && semicolon ? semicolon + 1 : NULL;
}

static bool is_trouble(struct kernel_log *k, const char *text, bool hung)
{
	const bool was_known = k->behind_known;
	k->behind_known = k->has_known && pattern_matches(&k->known, text);
	if (was_known || (hung && strstr(text, "blocked for more than")))
		return false;
	return pattern_matches(&k->trouble, text) ||
	       (k->has_more && pattern_matches(&k->more, text));
}

/* Is the record to be told: as trouble, or as where the last one was? */
static bool is_told(struct kernel_log *k, const char *text, bool hung)
{
	if (is_trouble(k, text, hung)) {
		k->wants_place = !strstr(text, "+0x");
		return true;
	}
	if (!k->wants_place || !pattern_matches(&k->place, text))
		return false;
	k->wants_place = false;
	return true;
}

int kernel_log_look(struct kernel_log *k, bool hung, FILE *out, struct err *e)
{
	char record[RECORD_ROOM + 1];
	unsigned told = 0;
	k->wants_place = false;
	for (;;) {
		const ssize_t n = read(k->fd, record, RECORD_ROOM);
		/* What was overwritten before we came is gone; the next read gives what is left. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n == 0 || (n < 0 && errno == EAGAIN))
			return 0;
		if (n < 0)
			return err_set(e, errno, "cannot read the kernel's log");
		record[n] = '\0';
		for (char *at = record, *line; (line = strsep(&at, "\n"));) {
			const char *text = kernel_log_text(line);
			if (text && is_told(k, text, hung) && told++ < TOLD_MAX)
				fprintf(out, "kernel: %s\n", text);
		}
	}
}
