/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes within one line: what a message says and how it goes, settings, times, counts. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "../../script/variation.h"
#include "../../wire/pdu.h"
#include "../../wire/text.h"
#include "../mutate/value.h"
#include "internal.h"

#define PICK(dice, list) ((list)[rng_below(dice, sizeof(list) / sizeof((list)[0]))])

static void append(struct session_line *l, char *word)
{
	session_set(l, text_format("%s %s", l->text, word));
	free(word);
}

/* The word that begins with `name=`; SIZE_MAX: there is none. */
static size_t find_setting(const char *line, const char *name)
{
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(line, w), len = strlen(name);

	for (size_t i = 1; i < count; i++)
		if (w[i].len > len && !strncmp(line + w[i].from, name, len) &&
		    line[w[i].from + len] == '=')
			return i;
	return SIZE_MAX;
}

/* name=value, in place of the one that is there. Both are a word. */
static void put_setting(struct session_line *l, const char *name, const char *value)
{
	const size_t at = find_setting(l->text, name);
	char *word = text_format("%s=%s", name, value);

	if (at == SIZE_MAX) {
		append(l, word);
		return;
	}
	session_set(l, session_word_set(l->text, at, word));
	free(word);
}

static bool drop_setting(struct session_line *l, struct rng *dice)
{
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(l->text, w);
	const size_t at = count > 1 ? 1 + rng_below(dice, count - 1) : 0;

	if (!at || !memchr(l->text + w[at].from, '=', w[at].len))
		return false;
	session_set(l, session_word_set(l->text, at, ""));
	return true;
}

/* ---- numbers ---- */

static uint64_t strange_number(uint64_t n, struct rng *dice)
{
	static const uint64_t edges[] = {
		0,	1,	2,	  3,	      4,	  7,	     8,	    16,
		27,	28,	48,	  76,	      77,	  127,	     128,   255,
		256,	511,	512,	  1024,	      4096,	  8192,	     65535, 65536,
		262143, 262144, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff};

	switch (rng_below(dice, 6)) {
	case 0:
		return n + 1;
	case 1:
		return n ? n - 1 : 1;
	case 2:
		return n * 2;
	case 3:
		return n / 2;
	case 4:
		return rng_below(dice, 2 * (size_t)(n & 0xffff) + 16);
	default:
		return PICK(dice, edges);
	}
}

/* One of the numbers that stand in the line, outside quotes and names. */
static bool change_number(struct session_line *l, struct rng *dice)
{
	struct {
		size_t from, len;
	} found[32];
	size_t n = 0;
	bool quoted = false;

	for (size_t i = 0; l->text[i] && n < 32;) {
		char before = ' ';
		if (i)
			before = l->text[i - 1];
		quoted = quoted != (l->text[i] == '"');
		if (quoted || !isdigit((unsigned char)l->text[i]) ||
		    isalnum((unsigned char)before) || strchr("_-.$", before)) {
			i++;
			continue;
		}
		size_t len = 0;
		while (isxdigit((unsigned char)l->text[i + len]) ||
		       (len == 1 && l->text[i + 1] == 'x'))
			len++;
		/* 5ms, 64KiB: the digits alone */
		while (len > 1 && l->text[i + 1] != 'x' &&
		       !isdigit((unsigned char)l->text[i + len - 1]))
			len--;
		found[n].from = i;
		found[n++].len = len;
		i += len;
	}
	if (!n)
		return false;
	const size_t k = rng_below(dice, n);
	const uint64_t old = strtoull(l->text + found[k].from, NULL, 0);
	session_set(l,
		    text_format("%.*s%" PRIu64 "%s", (int)found[k].from, l->text,
				strange_number(old, dice), l->text + found[k].from + found[k].len));
	return true;
}

/* ---- messages ---- */

/* What another message said, of this task or another's. */
static const char *const live_tags[] = {"$ITT",
					"$TTT",
					"$cmd.ITT",
					"$cmd.ReadSTag",
					"$cmd.WriteSTag",
					"$sent.ITT",
					"$got.ITT",
					"$got.TTT",
					"$sent.TTT",
					"$held.ITT",
					"fresh",
					"none",
					"$cmd.ITT+1",
					"$got.TTT+1",
					"$cmd.ReadSTag+256",
					"$cmd.WriteSTag+1",
					"$cmd.ReadSTag-1",
					"$cmd.ITT-1"};
static const char *const live_serials[] = {
	"$CmdSN",	"$CmdSN+1",   "$CmdSN-1",    "$ExpCmdSN",    "$ExpCmdSN+1", "$MaxCmdSN",
	"$MaxCmdSN+1",	"$StatSN",    "$StatSN+1",   "$StatSN-1",    "$ExpStatSN",  "$ExpStatSN+1",
	"$ExpStatSN-1", "$cmd.CmdSN", "$got.StatSN", "$got.ExpCmdSN"};
static const char *const live_lengths[] = {"$cmd.EDTL",
					   "$cmd.EDTL+1",
					   "$cmd.EDTL-1",
					   "$cmd.EDTL*2",
					   "$cmd.EDTL/2",
					   "$MaxBurstLength",
					   "$MaxBurstLength+1",
					   "$FirstBurstLength",
					   "$FirstBurstLength+1",
					   "$sent.length",
					   "$TargetRecvDataSegmentLength",
					   "$TargetRecvDataSegmentLength+1",
					   "$InitiatorRecvDataSegmentLength",
					   "$InitiatorRecvDataSegmentLength+1"};
static const char *const live_offsets[] = {"$cmd.ReadBaseOffset",	"$cmd.WriteBaseOffset",
					   "$cmd.WriteBaseOffset+1",	"$cmd.ReadBaseOffset-1",
					   "$cmd.WriteBaseOffset+4096", "$cmd.ReadBaseOffset+512"};

static const char *live_value(enum value_class class, struct rng *dice)
{
	switch (class) {
	case VALUE_TAG:
		return PICK(dice, live_tags);
	case VALUE_SERIAL:
		return PICK(dice, live_serials);
	case VALUE_LENGTH:
		return PICK(dice, live_lengths);
	case VALUE_OFFSET:
		return PICK(dice, live_offsets);
	default:
		return NULL;
	}
}

static const struct pdu_type *type_of(const char *line)
{
	struct session_word w[SESSION_WORDS_MAX];
	char name[40];

	if (session_words(line, w) < 2 || w[1].len >= sizeof(name))
		return NULL;
	memcpy(name, line + w[1].from, w[1].len);
	name[w[1].len] = '\0';
	return pdu_type_by_name(name);
}

static bool change_field(struct session_line *l, struct rng *dice)
{
	const struct pdu_type *type = type_of(l->text);
	char number[32];

	if (!type || !type->field_count)
		return false;
	const struct pdu_field *f = &type->fields[rng_below(dice, type->field_count)];
	const struct value_facts facts = value_facts_of(type, f);
	if (facts.class == VALUE_BYTES)
		return false;
	const char *live = rng_one_in(dice, 2) ? live_value(facts.class, dice) : NULL;
	snprintf(number, sizeof(number), "0x%" PRIx64,
		 mutate_field_value(dice, type, f, f->initial, (struct value_pool){0}));
	put_setting(l, f->name, live ? live : number);
	return true;
}

static void change_length(struct session_line *l, struct rng *dice)
{
	static const unsigned edges[] = {0,  1,	 4,  16, 27, 28,  29,  47,  48,	 60,  75,
					 76, 77, 78, 79, 80, 124, 128, 204, 205, 588, 8268};
	char number[24];

	snprintf(number, sizeof(number), "%u", PICK(dice, edges));
	put_setting(l, "length", number);
}

/* An AHS area, of one AHS where the dice have it so, that the message has room for, or nearly. */
static void put_ahs(struct session_line *l, struct rng *dice)
{
	static const unsigned words[] = {1, 1, 1, 2, 2, 3, 8, 63, 255};
	static const unsigned types[] = {1, 2, 2, 0, 0x3f, 0x42};
	const unsigned n = PICK(dice, words);
	char number[24];

	snprintf(number, sizeof(number), "%u", n);
	put_setting(l, "TotalAHSLength", number);
	snprintf(number, sizeof(number), "%zu",
		 76 + (size_t)n * 4 + (rng_one_in(dice, 4) ? rng_below(dice, 5) : 0));
	put_setting(l, "length", number);
	if (rng_one_in(dice, 2))
		return;
	snprintf(number, sizeof(number), "%u", rng_one_in(dice, 2) ? 5 : n * 4 - 3);
	put_setting(l, "byte@77", number);
	snprintf(number, sizeof(number), "%u", PICK(dice, types));
	put_setting(l, "byte@78", number);
}

static void change_bytes(struct session_line *l, struct rng *dice)
{
	static const unsigned places[] = {0,  1,  2,  3,  4,  8,  16, 20, 24, 28,
					  29, 30, 31, 32, 33, 34, 35, 36, 44, 48,
					  52, 56, 60, 64, 68, 72, 75, 76, 80};
	static const unsigned values[] = {0, 1, 0x7f, 0x80, 0xff, 0x10, 0x20, 0x40};
	char *name = text_format("byte@%u", PICK(dice, places));
	char number[24];

	snprintf(number, sizeof(number), "0x%x",
		 rng_one_in(dice, 2) ? PICK(dice, values) : (unsigned)rng_below(dice, 256));
	put_setting(l, name, number);
	free(name);
}

static void change_data(struct session_line *l, bool lawful, struct rng *dice)
{
	static const unsigned lengths[] = {0,	1,   2,	  3,   4,   5,	 127,  128,  129,
					   200, 508, 511, 512, 513, 700, 1024, 4096, 8192};
	char *data;

	if (lawful || rng_one_in(dice, 2))
		data = text_format("pattern:%u:%u", (unsigned)rng_below(dice, 9),
				   PICK(dice, lengths));
	else if (rng_one_in(dice, 2))
		data = text_format("fill:%u:%u", (unsigned)rng_below(dice, 256),
				   PICK(dice, lengths));
	else
		data = must(strdup(rng_one_in(dice, 2) ? "$sent.data" : "$got.data"));
	put_setting(l, "data", data);
	free(data);
}

static void change_way(struct session_line *l, struct rng *dice)
{
	static const char *const ways[] = {"send-inv:$cmd.ReadSTag",
					   "send-inv:$cmd.WriteSTag",
					   "send-inv:0x1234",
					   "send-inv:0",
					   "send-imm:7",
					   "send-se"};

	put_setting(l, "as", PICK(dice, ways));
}

static void change_count(struct session_line *l, struct rng *dice)
{
	static const unsigned counts[] = {2, 2, 3, 4, 5, 8, 16, 33};
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(l->text, w);
	char number[24];

	snprintf(number, sizeof(number), "%u", PICK(dice, counts));
	for (size_t i = 1; i + 1 < count; i++)
		if (session_word_is(l->text, &w[i], "*")) {
			session_set(l, session_word_set(l->text, i + 1, number));
			return;
		}
	append(l, text_format("* %s", number));
}

/* Where a command of blocks begins: at the LUN's end, behind it, where arithmetic turns. */
static bool change_place(struct session_line *l, struct rng *dice)
{
	static const char *const places[] = {
		"0",	      "$lun.blocks-1", "$lun.blocks", "$lun.blocks-4", "0x1fffff",
		"0x7fffffff", "0x80000000",    "0xffffffff",  "0xfffffffe",    "0xfffffff8"};
	char blocks[24];

	if (find_setting(l->text, "command") == SIZE_MAX)
		return false;
	snprintf(blocks, sizeof(blocks), "%zu", 1 + rng_below(dice, 16));
	put_setting(l, "lba", PICK(dice, places));
	put_setting(l, "blocks", blocks);
	put_setting(l, "beyond", "1");
	return true;
}

static bool change_send(struct session_line *l, bool lawful, struct rng *dice)
{
	if (lawful) {
		if (rng_one_in(dice, 3))
			change_count(l, dice);
		else if (rng_one_in(dice, 2) && (session_begins(l->text, "send nop-out") ||
						 session_begins(l->text, "send nop-in")))
			change_data(l, true, dice);
		else
			return change_number(l, dice);
		return true;
	}
	switch (rng_below(dice, 14)) {
	case 13:
		return change_place(l, dice);
	case 12:
		put_ahs(l, dice);
		return true;
	case 0:
		change_length(l, dice);
		return true;
	case 1:
		change_bytes(l, dice);
		return true;
	case 2:
		change_data(l, false, dice);
		return true;
	case 3:
		change_way(l, dice);
		return true;
	case 4:
		change_count(l, dice);
		return true;
	case 5:
		return drop_setting(l, dice);
	case 6:
		return change_number(l, dice);
	default:
		return change_field(l, dice);
	}
}

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
	put_setting(l, name, quoted);
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

	append(l, must(strdup(PICK(dice, settings))));
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
		put_setting(l, setting, value + 1);
		return true;
	}
	switch (rng_below(dice, 6)) {
	case 0:
		change_point(l, sut, dice);
		return true;
	case 1:
		return drop_setting(l, dice);
	case 2:
		put_connection(l, dice);
		return true;
	case 3:
		return change_number(l, dice);
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
		return change_send(l, lawful, dice);
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
	return change_number(l, dice) || drop_setting(l, dice);
}
