/* SPDX-License-Identifier: BSD-2-Clause */
#include "stimulus.h"

#include <stdlib.h>
#include <string.h>

#include "room.h"

/* FNV-1a. */
static void mix(uint32_t *hash, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		*hash = (*hash ^ (uint8_t)(value >> 8 * i)) * 16777619u;
}

static void mix_text(uint32_t *hash, const char *text)
{
	for (; text && *text; text++)
		mix(hash, (uint8_t)*text);
}

static uint64_t size_class(uint64_t n)
{
	uint64_t log2 = 0;
	for (uint64_t rest = n; rest; rest >>= 1)
		log2++;
	return log2 * 4 + (!n ? 0 : n % 4 ? 1 : n % 512 ? 2 : 3);
}

static uint64_t tag_class(uint32_t tag)
{
	return tag == TAG_NONE ? 0 : 1;
}

static void mix_message(uint32_t *hash, const struct pdu *p, const uint8_t *bytes)
{
	mix(hash, bytes[0]); /* iSER opcode and WSV, RSV */
	mix(hash, bytes[28] & 0x7f);
	mix(hash, bytes[29]); /* flags, or the stages of a login */
	mix(hash, tag_class(p->itt) | tag_class(p->ttt) << 1);
	mix(hash, size_class(p->data.len));
	mix(hash, size_class(p->edtl));
	mix(hash, size_class(p->residual_count));
	mix(hash, p->ahs.len ? 1 : 0);
}

uint32_t stimulus_situation(const struct log_event *ev, enum dialogue_phase phase)
{
	enum { HEADERS = 76 };
	uint32_t hash = 2166136261u;
	struct pdu p;
	mix(&hash, phase);
	if (!ev)
		return hash;
	mix(&hash, ev->kind);
	mix_text(&hash, ev->name);
	if (ev->kind != LOG_RECV && ev->kind != LOG_POST)
		return hash;
	if (ev->bytes.len < HEADERS || pdu_decode(&p, ev->bytes.at, ev->bytes.len, NULL))
		mix(&hash, size_class(ev->bytes.len));
	else
		mix_message(&hash, &p, ev->bytes.at);
	return hash;
}

static struct stimulated *find(struct stimulus *s, const char *monitor, const char *rule)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->at[i].monitor, monitor) && !strcmp(s->at[i].rule, rule))
			return &s->at[i];
	s->at = room_for_one(s->at, s->count, sizeof(*s->at));
	s->at[s->count] = (struct stimulated){.monitor = monitor, .rule = need(strdup(rule))};
	return &s->at[s->count++];
}

void stimulus_add(struct stimulus *s, const char *monitor, const char *rule, uint32_t situation)
{
	struct stimulated *x = find(s, monitor, rule);
	x->looks++;
	for (size_t i = 0; i < x->count; i++)
		if (x->situations[i] == situation)
			return;
	x->situations = room_for_one(x->situations, x->count, sizeof(*x->situations));
	x->situations[x->count++] = situation;
}

void stimulus_free(struct stimulus *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->at[i].rule);
		free(s->at[i].situations);
	}
	free(s->at);
	*s = (struct stimulus){0};
}
