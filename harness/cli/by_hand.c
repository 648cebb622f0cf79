/* SPDX-License-Identifier: BSD-2-Clause */
/* Says what is to be done by hand. */
#include "by_hand.h"

#include <stdio.h>

#include "../script/ast.h"

enum { NS_DIGITS = 1000000000 };

static void say_time(uint64_t ns)
{
	const unsigned long long s = ns / NS_DIGITS;
	if (s % 60)
		printf("%llu s", s);
	else
		printf("%llu min", s / 60);
}

/* A line of its own, also where a terminal shows the case that runs. */
static int tell(void *ctx, const char *host, uint16_t port, const char *iqn, enum workload workload,
		struct err *e)
{
	static const char *const what[] = {"", ", and let it write and read",
					   ", for discovery only"};
	const struct by_hand_control *h = ctx;
	(void)e;
	if (h->options->by_hand == BY_HAND_MANUAL) {
		printf("\n%s: now log out, if it is logged in, and log in to address %s, port %u, "
		       "target %s%s; waiting up to ",
		       h->script->id, host, port, iqn, what[workload]);
		say_time(h->options->login_wait);
		puts(" for its connection");
		fflush(stdout);
	}
	return 0;
}

void by_hand_init(struct by_hand_control *h, struct sut_control *control)
{
	*control = (struct sut_control){
		.ctx = h,
		.login = tell,
		.login_time = h->options->login_wait,
	};
}

static bool has_verb(const struct statement *s, enum verb verb)
{
	for (; s; s = s->next)
		if (s->verb == verb || has_verb(s->body, verb) || has_verb(s->otherwise, verb))
			return true;
	return false;
}

const char *by_hand_lacks(const struct run_options *o, const struct script *s)
{
	if (o->by_hand == BY_HAND_RECONNECTS && s->workload != WORKLOAD_LOGIN)
		return "the initiator is to do more than log in, and nobody can tell it to "
		       "(--reconnects)";
	if (o->access != ACCESS_INITIATOR || o->logout || !has_verb(s->body, VERB_SUT_LOGOUT))
		return NULL;
	return "it needs a command that makes the initiator log out (--logout CMD)";
}
