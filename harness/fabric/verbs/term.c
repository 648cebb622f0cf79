/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TERMINATE messages. What the peer's RNIC has against us (RFC 5040 4.8) is no matter of rdma-core:
 * siw tears the connection down as it does after an orderly close, with the same flushes and the
 * same CM event. It tells the kernel's log, though (siw_proc_terminate):
 *
 *     siw: got TERMINATE. layer 1, type 2, code 2
 *
 * The line names no queue pair. It is taken as said to a connection of ours when that one ends and
 * had receives posted of its own: a peer that has the same kernel logs the TERMINATEs that we
 * cause, too, but our side sends none of "no buffer" while it has buffers.
 */
#include "impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void v_terminates_begin(struct vfabric *f)
{
	if (f->kernel_log >= 0 || !f->is_siw)
		return;
	f->kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (f->kernel_log >= 0)
		lseek(f->kernel_log, 0, SEEK_END);
}

void v_terminates_end(struct vfabric *f)
{
	if (f->kernel_log >= 0)
		close(f->kernel_log);
	f->kernel_log = -1;
}

struct terminate {
	unsigned layer, type, code;
};

/* The number behind a word, which *at steps over. */
static bool number_behind(const char **at, const char *word, unsigned *number)
{
	const size_t len = strlen(word);
	char *end;

	if (strncmp(*at, word, len) != 0)
		return false;
	*number = (unsigned)strtoul(*at + len, &end, 10);
	if (end == *at + len)
		return false;
	*at = end;
	return true;
}

/* The newest one told since the last look. */
static bool newest(const struct vfabric *f, struct terminate *t)
{
	char record[1024];
	bool any = false;

	for (;;) {
		ssize_t n = read(f->kernel_log, record, sizeof(record) - 1);
		const char *at;

		if (n < 0 && errno == EPIPE)
			continue; /* what was overwritten meanwhile is passed over */
		if (n <= 0)
			return any;
		record[n] = '\0';
		at = strstr(record, "siw: got TERMINATE. ");
		any |= at && number_behind(&at, "siw: got TERMINATE. layer ", &t->layer) &&
		       number_behind(&at, ", type ", &t->type) &&
		       number_behind(&at, ", code ", &t->code);
	}
}

void v_terminates_forget(struct vfabric *f)
{
	struct terminate t;

	if (f->kernel_log >= 0)
		newest(f, &t);
}

/* RFC 5040 4.8: layers are RDMAP, DDP, LLP. RFC 5041 8.2 has the types of DDP. */
static enum fab_terminate meaning(const struct terminate *t)
{
	enum { RDMAP, DDP };
	enum { REMOTE_PROTECTION = 1, TAGGED = 1, UNTAGGED = 2, NO_BUFFER = 2 };

	if (t->layer == DDP && t->type == UNTAGGED && t->code == NO_BUFFER)
		return FAB_TERM_NO_BUFFER;
	if ((t->layer == RDMAP && t->type == REMOTE_PROTECTION) ||
	    (t->layer == DDP && t->type == TAGGED))
		return FAB_TERM_ACCESS;
	return FAB_TERM_OTHER;
}

void v_terminates_look(struct vconn *c)
{
	struct vfabric *f = vc_fabric(c);
	struct terminate t = {0};

	if (f->kernel_log < 0 || c->base.terminate || !newest(f, &t))
		return;
	fab_terminated(&c->base, meaning(&t), t.layer, t.type, t.code);
}
