/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 7143 11.13.1, 11.13.2: what a target says of its versions stays the same through a login. */
#include "../oracle/watch.h"

struct login_version {
	const struct log_event *first;
	unsigned max, active;
};

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct login_version *s = state;
	const struct pdu *p = &t->pdu;

	if (t->delivery == NOT_DELIVERED || d->phase != DIALOGUE_LOGIN || t->from != FROM_TARGET ||
	    !p->type || p->type->iser_opcode != ISER_CONTROL ||
	    p->type->opcode != OP_LOGIN_RESPONSE)
		return;
	if (!s->first) {
		*s = (struct login_version){t->ev, p->version_max, p->version_active};
		return;
	}
	watch_rule(w, FROM_TARGET, "I7143-11.13.1-1", p->version_max == s->max, t->ev, s->first,
		   "Version-max %u, in the first Login Response %u", p->version_max, s->max);
	watch_rule(w, FROM_TARGET, "I7143-11.13.2-2", p->version_active == s->active, t->ev,
		   s->first, "Version-active %u, in the first Login Response %u", p->version_active,
		   s->active);
}

const struct monitor monitor_login_version = {
	.name = "login-version",
	.doc = "all Login Responses of a login name the same versions",
	.rules = "I7143-11.13.1-1 I7143-11.13.2-2",
	.state_size = sizeof(struct login_version),
	.message = message,
};
