/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When RDMAExtensions is offered and when it is answered (RFC 7145 5.1, 6.3): in the first text of
 * the operational stage, and in the very next one of the other side, because the meaning of other
 * keys depends on it.
 */
#include <string.h>

#include "../oracle/watch.h"
#include "../oracle/whole_text.h"

struct rdma_extensions {
	unsigned texts[2];		  /* of the operational stage, by the target: 1 */
	bool continues[2];		  /* the last login PDU of that side had C=1 */
	const struct log_event *offer[2]; /* an unanswered Yes of that side */
	bool said[2], discovery;
};

static void offered(struct watch *w, struct rdma_extensions *s, const struct traffic *t, bool first)
{
	const char *rule = t->from == FROM_TARGET ? "I7145-6.3-4" : "I7145-6.3-3";
	watch_rule(w, t->from, rule, first, t->ev, NULL,
		   "RDMAExtensions is offered in text %u of the operational stage",
		   s->texts[t->from == FROM_TARGET]);
	watch_rule(w, t->from, "I7145-5.1-7", first, t->ev, NULL,
		   "RDMAExtensions is offered in text %u of the operational stage",
		   s->texts[t->from == FROM_TARGET]);
}

static void take(struct watch *w, struct rdma_extensions *s, const struct traffic *t)
{
	const size_t me = t->from == FROM_TARGET, other = !me;
	struct bytes value;
	const bool here = whole_text_find(t->text, "RDMAExtensions", &value);

	s->texts[me]++;
	if (s->offer[other]) {
		watch_rule(w, t->from, me ? "I7145-6.3-6" : "I7145-6.3-5", here, t->ev,
			   s->offer[other], "RDMAExtensions=Yes is not answered in the next %s",
			   t->pdu.type->title);
		s->offer[other] = NULL;
	} else if (here && !s->said[0] && !s->said[1]) {
		offered(w, s, t, s->texts[me] == 1);
		if (bytes_eq(value, "Yes"))
			s->offer[me] = t->ev;
	}
	s->said[me] |= here;
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct rdma_extensions *s = state;
	const size_t me = t->from == FROM_TARGET;
	struct bytes value;

	if (!is_login_pdu(d, t))
		return;
	if (t->text) {
		if (whole_text_find(t->text, "SessionType", &value))
			s->discovery |= bytes_eq(value, "Discovery");
		/* An empty PDU that only asks for the rest of a text is no text of its own (RFC
		 * 7143 6.2). */
		if (t->pdu.csg == 1 && !t->pdu.status_class && !s->discovery && !s->continues[!me])
			take(w, s, t);
	}
	s->continues[me] = t->pdu.c;
}

const struct monitor monitor_rdma_extensions = {
	.name = "rdma-extensions",
	.doc = "RDMAExtensions is offered first and answered at once",
	.rules = "I7145-6.3-3 I7145-6.3-4 I7145-6.3-5 I7145-6.3-6 I7145-5.1-7",
	.state_size = sizeof(struct rdma_extensions),
	.message = message,
};
