/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of a send: what the message says, what belongs together in it, and how it goes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "../../wire/pdu.h"
#include "../mutate/value.h"
#include "internal.h"

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
	"$CmdSN",      "$CmdSN+1",    "$CmdSN+2",     "$CmdSN-1",     "$ExpCmdSN",
	"$ExpCmdSN+1", "$ExpCmdSN-1", "$MaxCmdSN",    "$MaxCmdSN+1",  "$StatSN",
	"$StatSN+1",   "$StatSN-1",   "$ExpStatSN",   "$ExpStatSN+1", "$ExpStatSN-1",
	"$cmd.CmdSN",  "$got.StatSN", "$got.ExpCmdSN"};
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

/* Places in the data of a command: its end, and on either side of it. */
static const char *const data_places[] = {
	"$cmd.EDTL",   "$cmd.EDTL-512",		 "$cmd.EDTL-1",	      "$cmd.EDTL+512",
	"$cmd.EDTL*2", "$sent.BufferOffset+512", "$FirstBurstLength", "$MaxBurstLength"};

static const char *live_value(const struct pdu_field *f, enum value_class class, struct rng *dice)
{
	if (!strcmp(f->name, "BufferOffset"))
		return PICK(dice, data_places);
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

/* The iSER header's own fields, which stand first, mean something in few PDUs. */
static const struct pdu_field *any_field(const struct pdu_type *type, struct rng *dice)
{
	const struct pdu_field *f;

	do
		f = &type->fields[rng_below(dice, type->field_count)];
	while (type->iser_opcode == ISER_CONTROL && f->offset < ISER_HEADER_SIZE &&
	       type->opcode != OP_SCSI_COMMAND && !rng_one_in(dice, 4));
	return f;
}

static bool change_field(struct session_line *l, struct rng *dice)
{
	const struct pdu_type *type = type_of(l->text);
	char number[32];

	if (!type || !type->field_count)
		return false;
	const struct pdu_field *f = any_field(type, dice);
	const struct value_facts facts = value_facts_of(type, f);
	if (facts.class == VALUE_BYTES)
		return false;
	const char *live = rng_one_in(dice, 2) ? live_value(f, facts.class, dice) : NULL;
	snprintf(number, sizeof(number), "0x%" PRIx64,
		 mutate_field_value(dice, type, f, f->initial, (struct value_pool){0}));
	session_put_setting(l, f->name, live ? live : number);
	return true;
}

static void change_length(struct session_line *l, struct rng *dice)
{
	static const unsigned edges[] = {0,  1,	 4,  16, 27, 28,  29,  47,  48,	 60,  75,
					 76, 77, 78, 79, 80, 124, 128, 204, 205, 588, 8268};
	char number[24];

	snprintf(number, sizeof(number), "%u", PICK(dice, edges));
	session_put_setting(l, "length", number);
}

/* An AHS area, of one AHS where the dice have it so, that the message has room for, or nearly. */
static void put_ahs(struct session_line *l, struct rng *dice)
{
	static const unsigned words[] = {1, 1, 1, 2, 2, 3, 8, 63, 255};
	static const unsigned types[] = {1, 2, 2, 0, 0x3f, 0x42};
	const unsigned n = PICK(dice, words);
	char number[24];

	snprintf(number, sizeof(number), "%u", n);
	session_put_setting(l, "TotalAHSLength", number);
	snprintf(number, sizeof(number), "%zu",
		 76 + (size_t)n * 4 + (rng_one_in(dice, 4) ? rng_below(dice, 5) : 0));
	session_put_setting(l, "length", number);
	if (rng_one_in(dice, 2))
		return;
	snprintf(number, sizeof(number), "%u", rng_one_in(dice, 2) ? 5 : n * 4 - 3);
	session_put_setting(l, "byte@77", number);
	snprintf(number, sizeof(number), "%u", PICK(dice, types));
	session_put_setting(l, "byte@78", number);
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
	session_put_setting(l, name, number);
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
	session_put_setting(l, "data", data);
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

	session_put_setting(l, "as", PICK(dice, ways));
}

static void change_count(struct session_line *l, struct rng *dice)
{
	/* Tables have 8, 16, 32 or 64 places. */
	static const unsigned counts[] = {2, 2, 2, 3, 3, 4, 5, 8, 9, 16, 17, 33, 65};
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(l->text, w);
	char number[24];

	snprintf(number, sizeof(number), "%u", PICK(dice, counts));
	for (size_t i = 1; i + 1 < count; i++)
		if (session_word_is(l->text, &w[i], "*")) {
			session_set(l, session_word_set(l->text, i + 1, number));
			return;
		}
	session_append(l, text_format("* %s", number));
}

/* Where a command of blocks begins: at the LUN's end, behind it, where arithmetic turns. */
static bool change_place(struct session_line *l, struct rng *dice)
{
	static const char *const places[] = {
		"0",	      "$lun.blocks-1", "$lun.blocks", "$lun.blocks-4", "0x1fffff",
		"0x7fffffff", "0x80000000",    "0xffffffff",  "0xfffffffe",    "0xfffffff8"};
	char blocks[24];

	if (session_find_setting(l->text, "command") == SIZE_MAX)
		return false;
	snprintf(blocks, sizeof(blocks), "%zu", 1 + rng_below(dice, 16));
	session_put_setting(l, "lba", PICK(dice, places));
	session_put_setting(l, "blocks", blocks);
	session_put_setting(l, "beyond", "1");
	return true;
}

/* What the CDB moves, what EDTL expects and what comes with the command belong together: all say
 * the same length, one at which something is agreed or a buffer ends; or one says another. */
static bool change_lengths(struct session_line *l, struct rng *dice)
{
	static const struct {
		const char *bytes, *blocks;
	} lengths[] = {
		{"512", "1"},
		{"1024", "2"},
		{"4096", "8"},
		{"8192", "16"},
		{"16384", "32"},
		{"$FirstBurstLength", "$FirstBurstLength/512"},
		{"$TargetRecvDataSegmentLength", "$TargetRecvDataSegmentLength/512"},
		{"$MaxBurstLength", "$MaxBurstLength/512"},
	};
	enum { MOVED, EXPECTED, SENT, ALL, WAYS };
	const size_t count = sizeof(lengths) / sizeof(lengths[0]);
	size_t said[ALL];

	if (!session_begins(l->text, "send scsi-command"))
		return false;
	said[MOVED] = said[EXPECTED] = said[SENT] = rng_below(dice, count);
	const size_t other = rng_below(dice, WAYS);
	if (other != ALL)
		said[other] = rng_below(dice, count);
	session_set(l, text_format("send scsi-command command=write lba=0 blocks=%s EDTL=%s",
				   lengths[said[MOVED]].blocks, lengths[said[EXPECTED]].bytes));
	if (!rng_one_in(dice, 4))
		session_append(l, text_format("data=pattern:7:%s", lengths[said[SENT]].bytes));
	return true;
}

bool session_change_send(struct session_line *l, bool lawful, struct rng *dice)
{
	if (lawful) {
		if (rng_one_in(dice, 3))
			change_count(l, dice);
		else if (rng_one_in(dice, 2) && (session_begins(l->text, "send nop-out") ||
						 session_begins(l->text, "send nop-in")))
			change_data(l, true, dice);
		else
			return session_change_number(l, dice);
		return true;
	}
	switch (rng_below(dice, 16)) {
	case 14:
	case 15:
		return change_lengths(l, dice);
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
		return session_drop_setting(l, dice);
	case 6:
		return session_change_number(l, dice);
	default:
		return change_field(l, dice);
	}
}
