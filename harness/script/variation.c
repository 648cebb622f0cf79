/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws legal variations of a model from a seed. */
#include "variation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 6, BOTH = 2 };

/*
 * One thing that the RFCs leave open, and values of it besides the default. What they let pass but
 * advise against (MaxOutstandingUnexpectedPDUs undeclared, 6.7; NotUnderstood for a key of section
 * 6, 3.3) is a warning where it is looked for, and not in here.
 */
static const struct choice {
	int role; /* enum peer_role, or BOTH */
	const char *name, *values[VALUES_MAX];
} choices[] = {
	{BOTH, "sim-latency", {"200us", "3ms"}},
	{BOTH, "sim-jitter", {"5us", "100us", "2ms"}},
	{BOTH, "sim-chain-gap", {"0", "5us", "300us"}},
	{BOTH, "sim-poll-delay", {"1us", "200us", "3ms"}},

	/* login */
	{BOTH, "login-rounds", {"1", "2", "4"}},
	/* The names and RDMAExtensions belong into the very first request (RFC 7143 6.3, RFC 7145
	 * 6.3). */
	{PEER_INITIATOR, "login-chunk", {"150", "200", "300"}},
	{PEER_TARGET, "login-chunk", {"16", "64", "100", "256"}},
	{BOTH, "key-order", {"1", "2", "3", "4", "5", "6"}},
	{BOTH, "moup", {"2", "3", "16", "64", "128"}},
	{PEER_INITIATOR, "security-stage", {"yes"}},
	{PEER_INITIATOR, "ask-hello", {"yes"}},
	{PEER_INITIATOR, "first-cmd-sn", {"0", "0x7fffffff", "0xfffffff0", "0xffffffff"}},
	{PEER_TARGET, "hello", {"yes", "no"}},
	{PEER_TARGET, "moup-unasked", {"yes"}},
	{PEER_TARGET, "first-stat-sn", {"0", "0x7fffffff", "0xfffffff0", "0xffffffff"}},

	/* keys; no MaxBurstLength below any FirstBurstLength (RFC 7143 13.14) */
	{BOTH, "InitialR2T", {"Yes", "No"}},
	{BOTH, "ImmediateData", {"Yes", "No"}},
	{BOTH, "FirstBurstLength", {"512", "4096", "16384"}},
	{BOTH, "MaxBurstLength", {"65536", "131072", "1048576"}},
	{BOTH, "InitiatorRecvDataSegmentLength", {"512", "4096", "65536"}},
	{BOTH, "TargetRecvDataSegmentLength", {"512", "4096", "65536"}},
	{BOTH, "MaxOutstandingR2T", {"2", "8"}},
	{BOTH, "DefaultTime2Retain", {"0", "20"}},

	/* receive buffers */
	{BOTH, "early-receives", {"yes"}},
	{BOTH, "spare-receives", {"1", "7", "100"}},
	{PEER_TARGET, "window", {"1", "4", "8", "17", "64", "128"}},

	/* full feature phase */
	{PEER_INITIATOR, "read-grant", {"1", "2", "8", "64"}},
	{PEER_TARGET, "read-depth", {"1", "2", "8", "64"}},
	{BOTH, "write-base", {"solicited", "whole"}},
	{PEER_INITIATOR, "windows", {"yes"}},
	{PEER_TARGET, "send-inv", {"yes"}},
	{PEER_TARGET, "response-delay", {"100us", "3ms", "30ms"}},
	{PEER_TARGET, "response-jitter", {"50us", "2ms", "20ms"}},
	{BOTH, "nop-interval", {"300ms", "700ms", "2s", "5s"}},
	{PEER_TARGET, "nop-with-ttt", {"no"}},
	{PEER_TARGET, "unexpected-delay", {"1500ms", "3s"}},
	{PEER_INITIATOR, "immediate-swapped", {"yes"}},
	{PEER_INITIATOR, "immediate-every", {"1", "2", "3"}},
	{PEER_TARGET, "disk-blocks", {"4096", "100000"}},
};

static uint64_t roll(uint64_t *dice, uint64_t n)
{
	uint64_t z = *dice += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return n ? (z ^ z >> 31) % n : 0;
}

static bool is_set(const struct word_list *model, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; model && i < model->count; i++) {
		const char *at = model->at[i];
		if (!strncmp(at, "omit=", 5))
			at += 5;
		if (!strncmp(at, name, len) && (!at[len] || at[len] == '=' || at[len] == '@'))
			return true;
	}
	return false;
}

static size_t value_count(const struct choice *c)
{
	size_t n = 0;

	while (n < VALUES_MAX && c->values[n])
		n++;
	return n;
}

void variation_one(enum peer_role role, uint64_t seed, char *out, size_t size)
{
	const struct choice *c;
	uint64_t dice = seed;

	do
		c = &choices[roll(&dice, sizeof(choices) / sizeof(choices[0]))];
	while (c->role != BOTH && c->role != (int)role);
	snprintf(out, size, "%s=%s", c->name, c->values[roll(&dice, value_count(c))]);
}

struct word_list variation_draw(const struct script *s, size_t model, uint64_t seed)
{
	const struct word_list *fixed = s->model_count ? &s->models[model] : NULL;
	enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };
	struct word_list out = {.at = calloc(CHOICES, sizeof(char *))};
	uint64_t dice = seed;

	for (const char *c = s->id; *c; c++)
		dice = (dice ^ (uint8_t)*c) * 0x100000001b3u;
	for (size_t i = 0; out.at && seed && i < CHOICES; i++) {
		const struct choice *c = &choices[i];
		/* One in three: the defaults are what everything else is tried with, too. */
		const bool taken = roll(&dice, 3) == 0;
		const char *value = c->values[roll(&dice, value_count(c))];
		if (!taken || (c->role != BOTH && c->role != (int)s->sut) || is_set(fixed, c->name))
			continue;
		if (asprintf(&out.at[out.count], "%s=%s", c->name, value) < 0)
			break;
		out.count++;
	}
	return out;
}

void variation_free(struct word_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->at[i]);
	free(l->at);
	*l = (struct word_list){0};
}
