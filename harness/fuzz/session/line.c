/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes within one line: logins, keys, commands, times, counts. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "../../script/variation.h"
#include "../../wire/pdu.h"
#include "../../wire/text.h"
#include "../mutate/value.h"
#include "internal.h"

/* ---- logins ---- */

static void change_point(struct session_line *l, enum peer_role sut, struct rng *dice)
{
	static const char *const points[] = {"connected", "first", "operational",
					     "next",	  "final", "done"};
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(l->text, w);
	const char *point =
		sut == PEER_TARGET && rng_one_in(dice, 7) ? "logged-in" : PICK(dice, points);

	if (count > 2 && session_word_is(l->text, &w[1], "until"))
		session_set(l, session_word_set(l->text, 2, point));
	else
		session_set(l, text_format("login until %s%s", point, l->text + strlen("login")));
}

static void put_key(struct session_line *l, bool lawful, struct rng *dice)
{
	enum { VALUE_MAX = 300 };
	size_t count;
	const struct text_key *keys = text_keys(&count);
	const struct text_key *k = &keys[rng_below(dice, count)];
	char value[VALUE_MAX], *name = NULL;

	if (lawful)
		mutate_key_legal_value(dice, k, value, sizeof(value));
	else
		mutate_key_value(dice, k, value, sizeof(value));
	for (char *c = value; *c; c++)
		if (*c == '"' || *c == '\\' || *c == '$' || *c == '{' ||
		    !isprint((unsigned char)*c))
			*c = '.';
	char *quoted = strpbrk(value, " #") || !*value ? text_format("\"%s\"", value)
						       : must(strdup(value));
	if (lawful || rng_one_in(dice, 2))
		name = must(strdup(k->name));
	else if (rng_one_in(dice, 2))
		name = text_format("raw:%s", k->name);
	else
		name = text_format("%s@2", k->name);
	session_put_setting(l, name, quoted);
	free(name);
	free(quoted);
}

static void put_connection(struct session_line *l, struct rng *dice)
{
	static const char *const settings[] = {"responder-resources=0",
					       "responder-resources=1",
					       "initiator-depth=1",
					       "initiator-depth=0",
					       "receives=1",
					       "receives=2",
					       "receives=0",
					       "rnr-retry=0",
					       "private-data=00",
					       "private-data=ffffffff",
					       "omit=RDMAExtensions",
					       "omit=InitiatorName",
					       "omit=TargetName",
					       "omit=SessionType",
					       "isid=7",
					       "omit=AuthMethod",
					       "raw:X-fuzz=1",
					       "discovery=yes"};

	session_append(l, must(strdup(PICK(dice, settings))));
}

static bool change_login(struct session_line *l, enum peer_role sut, bool lawful, struct rng *dice)
{
	char setting[80];

	if (lawful) {
		if (rng_one_in(dice, 2)) {
			put_key(l, true, dice);
			return true;
		}
		variation_one(sut == PEER_TARGET ? PEER_INITIATOR : PEER_TARGET, rng_next(dice),
			      setting, sizeof(setting));
		char *value = strchr(setting, '=');
		*value = '\0';
		/* The simulator's own belong to the model. */
		if (!strncmp(setting, "sim-", 4))
			return false;
		session_put_setting(l, setting, value + 1);
		return true;
	}
	switch (rng_below(dice, 6)) {
	case 0:
		change_point(l, sut, dice);
		return true;
	case 1:
		return session_drop_setting(l, dice);
	case 2:
		put_connection(l, dice);
		return true;
	case 3:
		return session_change_number(l, dice);
	default:
		put_key(l, false, dice);
		return true;
	}
}

/* ---- the rest ---- */

static bool change_scsi(struct session_line *l, struct rng *dice)
{
	session_set(l, rng_one_in(dice, 2)
			       ? text_format("scsi read lba=%zu blocks=%zu", rng_below(dice, 64),
					     1 + rng_below(dice, 24))
			       : text_format("scsi write lba=%zu blocks=%zu pattern=%zu",
					     rng_below(dice, 64), 1 + rng_below(dice, 24),
					     rng_below(dice, 9)));
	return true;
}

static bool change_quiet(struct session_line *l, struct rng *dice)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);

	session_set(l, text_format("quiet %s", types[rng_below(dice, count)].name));
	return true;
}

bool session_change_line(struct session_line *l, enum peer_role sut, bool lawful, struct rng *dice)
{
	if (session_begins(l->text, "send"))
		return session_change_send(l, lawful, dice);
	if (session_begins(l->text, "login"))
		return change_login(l, sut, lawful, dice);
	if (session_begins(l->text, "text")) {
		session_set(l, must(strdup("text")));
		put_key(l, lawful, dice);
		return true;
	}
	if (session_begins(l->text, "scsi") && rng_one_in(dice, 2))
		return change_scsi(l, dice);
	if (session_begins(l->text, "quiet") && !lawful)
		return change_quiet(l, dice);
	return session_change_number(l, dice) || session_drop_setting(l, dice);
}
