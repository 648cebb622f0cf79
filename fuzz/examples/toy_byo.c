/* SPDX-License-Identifier: BSD-2-Clause */
/* The toy, brought to the fuzzer: all that a parser's owner writes. */
#include "byo.h"
#include "toy.h"

static struct toy *toy;

int byo_set_up(void)
{
	return 0;
}

int byo_feed(const struct byo_message *m)
{
	if (m->role != BYO_TARGET) /* what targets send is nothing to us */
		return 0;
	if (!toy)
		toy = toy_new();
	return toy_message(toy, m->bytes, m->length, m->kind == BYO_SEND_INVALIDATE ? m->key : 0);
}

void byo_reset(void)
{
	toy_free(toy);
	toy = NULL;
}
