/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operator does to a model target while sessions stand. */
#include "../deed.h"

#include <string.h>

#include "target.h"

enum { ASYNC_LOGOUT = 1, ASYNC_DROPPED = 3, LOGOUT_TIME_S = 3 };

static void event(struct peer *p, unsigned code)
{
	static const uint8_t no_sense[2];
	struct pdu out;

	if (target_is_discovery(p)) /* RFC 7143 7.4.3 */
		return;
	target_new_pdu(p, OP_ASYNC, &out);
	out.async_event = code;
	out.data = (struct bytes){no_sense, sizeof(no_sense)};
	if (code == ASYNC_LOGOUT)
		out.parameter3 = LOGOUT_TIME_S;
	target_unexpected(p, &out);
}

void target_news(struct peer *p)
{
	const unsigned code = p->target->news;

	if (!code) /* told meanwhile */
		return;
	p->target->news = 0;
	event(p, code);
	if (code == ASYNC_DROPPED)
		peer_close_when_sent(p);
}

/* Now, or as soon as an initiator that has said nothing yet may be told: RFC 7145 5.1.3. */
static void tell(struct peer *p, unsigned code)
{
	struct target_state *t = p->target;

	t->news = code;
	if (t->heard || fab_now(p->fab) >= t->quiet_until)
		target_news(p);
	else
		fab_timer(p->fab, t->quiet_until, TIMER_NEWS, p->conn);
}

/* The news comes with the next command that SPC-4 5.14 lets tell it. */
void target_attention(struct peer *p, struct target_task *task)
{
	const uint8_t opcode = task->command.cdb[0];
	const uint32_t bit = target_lun_bit(&task->command);

	if (opcode == 0x12 || opcode == 0xa0 || opcode == 0x03)
		return;
	if (p->session->cleared_luns & bit) { /* RFC 7143 11.14.5 */
		p->session->cleared_luns &= ~bit;
		disk_fail(&task->io, SENSE_UNIT_ATTENTION, ASC_COMMANDS_CLEARED);
	} else if (p->target->luns_changed) {
		p->target->luns_changed = false;
		disk_fail(&task->io, SENSE_UNIT_ATTENTION, ASC_LUNS_CHANGED);
	}
}

static void change(struct peer *p, uint64_t lun, bool present)
{
	if (!p->target)
		return;
	disk_present(p->target->disk, lun, present);
	p->target->luns_changed = true;
}

bool target_deed(struct peer *p, const struct peer_deed *d)
{
	const bool full = p->phase == PEER_FULL;

	if (!strcmp(d->name, "lun-add") || !strcmp(d->name, "lun-remove")) {
		change(p, d->lun, !strcmp(d->name, "lun-add"));
	} else if (!strcmp(d->name, "ask-logout")) {
		if (full)
			tell(p, ASYNC_LOGOUT);
	} else if (!strcmp(d->name, "target-delete")) {
		/* RFC 7143 11.9.1, event 3: all connections of the session are dropped. */
		if (full && !peer_knob(p, KNOB_DELETED_WITHOUT_A_WORD))
			tell(p, ASYNC_DROPPED);
		else if (full)
			peer_close_when_sent(p);
	} else {
		return !strcmp(d->name, "portal-down") || !strcmp(d->name, "portal-up");
	}
	return true;
}
