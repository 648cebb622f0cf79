/* SPDX-License-Identifier: BSD-2-Clause */
/* What `$` values, conditions, texts and data are at this moment. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct value number(uint64_t n)
{
	return (struct value){.kind = VALUE_NUMBER, .number = n};
}

static struct value text(const char *s)
{
	if (!s)
		return (struct value){0};
	return (struct value){.kind = VALUE_TEXT, .text = {(const uint8_t *)s, strlen(s)}};
}

static struct value sequence(const struct peer *p, enum sequence which)
{
	switch (which) {
	case SEQ_ITT:
		return number(p->session->next_itt);
	case SEQ_TTT:
		return number(p->next_ttt);
	case SEQ_CMD_SN:
		return number(p->session->cmd_sn);
	case SEQ_EXP_CMD_SN:
		return number(p->session->exp_cmd_sn);
	case SEQ_MAX_CMD_SN:
		return number(p->session->max_cmd_sn);
	case SEQ_STAT_SN:
		return number(p->stat_sn);
	case SEQ_EXP_STAT_SN:
		return number(p->exp_stat_sn);
	}
	return (struct value){0};
}

/* Keys as they hold for the connection: RFC 7145 section 6, RFC 7143 section 13. */
static struct value key_now(const struct peer *p, const char *name)
{
	const struct peer_terms *t = &p->terms;
	const struct {
		const char *name;
		bool is_bool;
		uint64_t now;
	} keys[] = {
		{"RDMAExtensions", true, t->rdma_extensions},
		{"InitialR2T", true, t->initial_r2t},
		{"ImmediateData", true, t->immediate_data},
		{"DataPDUInOrder", true, t->data_pdu_in_order},
		{"TaggedBufferForSolicitedDataOnly", true, t->tagged_buffer_for_solicited_only},
		{"iSERHelloRequired", true, t->hello_due},
		{"InitiatorRecvDataSegmentLength", false, t->initiator_rdsl},
		{"TargetRecvDataSegmentLength", false, t->target_rdsl},
		{"MaxBurstLength", false, t->max_burst},
		{"FirstBurstLength", false, t->first_burst},
		{"MaxOutstandingR2T", false, t->max_outstanding_r2t},
		{"ErrorRecoveryLevel", false, t->error_recovery_level},
		{"MaxConnections", false, t->max_connections},
		{"MaxOutstandingUnexpectedPDUs", false, t->their_moup},
		{"MaxAHSLength", false, t->their_max_ahs},
	};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (keys[i].is_bool)
			return text(keys[i].now ? "Yes" : "No");
		return number(keys[i].now);
	}
	const char *heard = peer_heard(p, name);
	if (heard)
		return text(heard);
	const struct text_key *key = text_key_by_name(name, strlen(name));
	return text(key ? key->default_value : NULL);
}

/* Sense key, ASC and ASCQ as one number; behind SenseLength, RFC 7143 11.4.7. */
static struct value sense_of(const struct pdu *p)
{
	enum { SENSE_AT = 2 };
	if (p->type->iser_opcode != ISER_CONTROL || p->type->opcode != OP_SCSI_RESPONSE ||
	    p->data.len < SENSE_AT)
		return (struct value){0};
	const struct sense s =
		run_sense((struct bytes){p->data.at + SENSE_AT, p->data.len - SENSE_AT});
	return s.has_code ? number((uint64_t)s.key << 16 | s.code) : (struct value){0};
}

static struct value field_of(const struct pdu *p, size_t length, const char *name)
{
	if (!strcmp(name, "length"))
		return number(length);
	if (!p->type)
		return (struct value){0};
	if (!strcmp(name, "data"))
		return (struct value){.kind = VALUE_TEXT, .text = p->data};
	if (!strcmp(name, "sense"))
		return sense_of(p);
	const struct pdu_field *f = pdu_field_by_name(p->type, name);
	if (!f || f->bytes > sizeof(uint64_t))
		return (struct value){0};
	return number(pdu_get(p, f));
}

static struct value command_part(const struct pdu *c, enum cmd_part part)
{
	if (!c->type)
		return (struct value){0};
	switch (part) {
	case CMD_READ_STAG:
		return number(c->read_stag);
	case CMD_WRITE_STAG:
		return number(c->write_stag);
	case CMD_READ_BASE:
		return number(c->read_base_offset);
	case CMD_WRITE_BASE:
		return number(c->write_base_offset);
	case CMD_ITT:
		return number(c->itt);
	case CMD_EDTL:
		return number(c->edtl);
	case CMD_LUN:
		return number(c->lun);
	case CMD_SN:
		return number(c->cmd_sn);
	}
	return (struct value){0};
}

static struct value cm_value(const struct link *l, enum cm_part part)
{
	if (!l->cm.here)
		return (struct value){0};
	switch (part) {
	case CM_RESPONDER_RESOURCES:
		return number(l->cm.responder_resources);
	case CM_INITIATOR_DEPTH:
		return number(l->cm.initiator_depth);
	case CM_RNR_RETRY:
		if (!fab_proves_delivery(l->peer->fab))
			return (struct value){0}; /* MPA requests have no such field */
		return number(l->cm.rnr_retry);
	case CM_SEND_INV: {
		struct cm_data said;
		if (cm_data_decode(&said, l->cm.data, l->cm.data_len, NULL))
			return number(0);
		return number(said.present && !said.send_inv_not_supported);
	}
	case CM_PRIVATE_DATA:
		break;
	}
	return (struct value){.kind = VALUE_TEXT, .text = {l->cm.data, l->cm.data_len}};
}

static struct value served(const struct peer *p, enum served_part part)
{
	switch (part) {
	case SERVED_READS:
		return number(p->served.reads);
	case SERVED_WRITES:
		return number(p->served.writes);
	case SERVED_COMMANDS:
		return number(p->served.commands);
	case SERVED_PINGS:
		return number(p->served.pings);
	case SERVED_WAITING:
		return number(peer_waiting(p));
	}
	return (struct value){0};
}

static uint64_t time_base(const struct run *r)
{
	if (r->marked)
		return r->mark;
	return r->talk->link && r->talk->link->established ? r->talk->link->established_at
							   : r->start;
}

/* All times of a statement count from one moment, whichever connection they are of. */
static struct value elapsed(uint64_t base, uint64_t at)
{
	return (struct value){.kind = VALUE_TIME, .number = at > base ? at - base : 0};
}

static struct value count_of(const struct link *l, const struct pdu_type *type)
{
	return number(type ? l->counts[run_type_index(type)] : l->message_count);
}

/* Exit status of the SUT's command begun last; none while it runs, and where there is no command.
 */
static struct value command_status(struct run *r)
{
	const struct sut_control *sut = &r->env->sut;
	const char *last;
	int status = r->login_begun && sut->login_status ? sut->login_status(sut->ctx, &last) : -1;
	if (status < 0)
		return (struct value){0};
	return number((uint64_t)status);
}

/* Values that live as long as the run. */
static bool of_run(struct run *r, const struct operand *o, uint64_t base, struct value *out)
{
	switch (o->live) {
	case LIVE_SENT:
		*out = field_of(&r->talk->last_sent, r->talk->last_sent_length, o->name);
		return true;
	case LIVE_GOT:
		*out = r->talk->has_got
			       ? field_of(&r->talk->got.pdu, r->talk->got.bytes.len, o->name)
			       : (struct value){0};
		return true;
	case LIVE_GOT_TIME:
		*out = r->talk->has_got ? elapsed(base, r->talk->got.time) : (struct value){0};
		return true;
	case LIVE_DELIVERED:
		*out = number(r->most ? run_delivered_most(r) : run_delivered_least(r));
		return true;
	case LIVE_RNR:
		*out = number(run_chain_rnr(r) || (run_chain_unclear(r) && !r->most));
		return true;
	case LIVE_ELAPSED:
		*out = elapsed(base, run_now(r));
		return true;
	case LIVE_COMMAND_STATUS:
		*out = command_status(r);
		return true;
	case LIVE_ROUND:
		*out = number(r->round);
		return true;
	case LIVE_DID:
		*out = run_did(r, (enum did_part)o->number);
		return true;
	case LIVE_VAR:
		*out = r->vars[o->number];
		return true;
	case LIVE_VAR_GOOD:
		*out = r->good[o->number];
		return true;
	case LIVE_VAR_BAD:
		*out = r->bad[o->number];
		return true;
	case LIVE_MEMORY_DATA:
	case LIVE_MEMORY_STAG:
	case LIVE_MEMORY_ADDR:
	case LIVE_MEMORY_CHANGED:
	case LIVE_MEMORY_FIRST:
	case LIVE_MEMORY_LAST:
	case LIVE_MEMORY_GUARDS:
	case LIVE_MEMORY_READS:
	case LIVE_MEMORY_WRITES:
		*out = run_memory_value(r, o->live, &r->memory[o->number]);
		return true;
	case LIVE_SUT_READS:
		*out = run_sut_reads(r);
		return true;
	case LIVE_RESOURCE:
		*out = run_resource(r, o->number);
		return true;
	case LIVE_GOT_HOW:
		*out = run_got_how(r, (enum got_how)o->number);
		return true;
	default:
		return false;
	}
}

/* Asks the unit itself, so a session has to be there. */
static struct value lun_value(struct run *r, enum lun_part part)
{
	const uint64_t until = run_now(r) + run_scaled(r, 10 * NS_PER_S);
	if (r->talk->link->over || r->talk->link->peer->phase != PEER_FULL || !run_we_initiate(r))
		return (struct value){0};
	switch (part) {
	case LUN_BLOCKS:
		return run_lun_learn(r, until) && r->blocks ? number(r->blocks) : (struct value){0};
	case LUN_BLOCK_SIZE:
		return run_lun_learn(r, until) ? number(r->block_size) : (struct value){0};
	case LUN_PROTECTED:
		return run_lun_protected(r, until);
	case LUN_SIGNATURE:
		return text(run_lun_signature(r, until));
	}
	return (struct value){0};
}

static struct value of_link(struct run *r, const struct operand *o)
{
	const struct link *l = r->talk->link;
	const struct peer *p = l ? l->peer : NULL;
	if (!p)
		return (struct value){0};
	switch (o->live) {
	case LIVE_KEY:
		return key_now(p, o->name);
	case LIVE_SUT_KEY:
		return text(peer_heard(p, o->name));
	case LIVE_SEQUENCE:
		return sequence(p, (enum sequence)o->number);
	case LIVE_WINDOW:
		return number(peer_window(p));
	case LIVE_CMD:
		return command_part(&l->command, (enum cmd_part)o->number);
	case LIVE_COUNT:
		return count_of(l, o->type);
	case LIVE_STATUS_CLASS:
		return number(p->login_status_class);
	case LIVE_STATUS_DETAIL:
		return number(p->login_status_detail);
	case LIVE_SESSION_TSIH:
		return number(p->tsih);
	case LIVE_SERVED:
		return served(p, (enum served_part)o->number);
	case LIVE_END:
		return text(l->end ? fab_end_name(l->end) : NULL);
	case LIVE_LUN:
		return lun_value(r, (enum lun_part)o->number);
	case LIVE_HELD:
		return p->holding ? field_of(&p->held.pdu, run_length(&p->held.pdu), o->name)
				  : (struct value){0};
	case LIVE_CHAP:
		return run_chap(r, (enum chap_part)o->number);
	case LIVE_VIOLATION:
		r->talk->link->violation_told = true;
		return text(p->violation.what[0] ? p->violation.what : NULL);
	case LIVE_CM:
		return cm_value(l, (enum cm_part)o->number);
	case LIVE_IWARP:
		return number(!fab_proves_delivery(r->env->fab));
	case LIVE_RNR_SENT: {
		int64_t n = fab_counter(r->env->fab, FAB_RNR_NAK_SENT);
		if (n < 0)
			return (struct value){0};
		return number((uint64_t)n - l->rnr_before);
	}
	default:
		return (struct value){0};
	}
}

static struct value operand_now(struct run *r, const struct operand *o)
{
	struct value v = {0};
	switch (o->kind) {
	case OPERAND_VALUE:
		return o->value;
	case OPERAND_FRESH:
		/* Tags that no honest peer of ours hands out at the same time. */
		return number(0x5a000000u + ++r->fresh);
	case OPERAND_LIVE:
		break;
	}
	struct talk *own = r->talk;
	const uint64_t base = time_base(r);
	if (o->talk)
		r->talk = &r->talks[o->talk];
	if (!of_run(r, o, base, &v))
		v = of_link(r, o);
	r->talk = own;
	return v;
}

bool run_as_number(const struct value *v, uint64_t *out)
{
	if (v->kind == VALUE_NUMBER || v->kind == VALUE_TIME) {
		*out = v->number;
		return true;
	}
	return v->kind == VALUE_TEXT && !text_number(v->text, out, NULL);
}

/* False: there is no such number. */
static bool calculate(uint64_t *a, char op, uint64_t b)
{
	if ((op == '/' || op == '%') && !b)
		return false;
	*a = op == '+'	 ? *a + b
	     : op == '-' ? *a - b
	     : op == '*' ? *a * b
	     : op == '/' ? *a / b
			 : *a % b;
	return true;
}

struct value run_eval(struct run *r, const struct expr *x)
{
	struct value sum = x->count ? operand_now(r, &x->operands[0]) : (struct value){0};
	for (size_t i = 1; i < x->count; i++) {
		struct value v = operand_now(r, &x->operands[i]);
		uint64_t a, b;
		if (!run_as_number(&sum, &a) || !run_as_number(&v, &b))
			return (struct value){0};
		const bool times = sum.kind == VALUE_TIME && v.kind == VALUE_TIME;
		const bool time = sum.kind == VALUE_TIME || v.kind == VALUE_TIME;
		const bool ratio = times && x->ops[i] == '/';
		if (!calculate(&a, x->ops[i], b))
			return (struct value){0};
		sum = (struct value){.kind = time && !ratio ? VALUE_TIME : VALUE_NUMBER,
				     .number = a};
	}
	return sum;
}

bool run_number(struct run *r, const struct expr *x, uint64_t *out)
{
	struct value v = run_eval(r, x);
	if (run_as_number(&v, out))
		return true;
	run_trouble(r, "a value that is needed as a number is %s",
		    v.kind == VALUE_NONE ? "none" : "text");
	return false;
}

static bool ordered(enum compare op, int sign)
{
	switch (op) {
	case CMP_EQ:
		return sign == 0;
	case CMP_NE:
		return sign != 0;
	case CMP_LT:
		return sign < 0;
	case CMP_LE:
		return sign <= 0;
	case CMP_GT:
		return sign > 0;
	case CMP_GE:
		return sign >= 0;
	}
	return false;
}

bool run_compare(enum compare op, const struct value *a, const struct value *b)
{
	uint64_t x, y;
	if (a->kind == VALUE_NONE || b->kind == VALUE_NONE) {
		bool both = a->kind == b->kind;
		return (op == CMP_EQ && both) || (op == CMP_NE && !both);
	}
	if (run_as_number(a, &x) && run_as_number(b, &y))
		return ordered(op, x < y ? -1 : x > y);
	if (a->kind != VALUE_TEXT || b->kind != VALUE_TEXT)
		return op == CMP_NE;
	size_t shorter = a->text.len < b->text.len ? a->text.len : b->text.len;
	int sign = shorter ? memcmp(a->text.at, b->text.at, shorter) : 0;
	if (!sign && a->text.len != b->text.len)
		sign = a->text.len < b->text.len ? -1 : 1;
	return ordered(op, sign);
}

/* `$got.TTT == none`: in a field of a message, none is the reserved tag. */
static void reserved_tag(const struct expr *x, const struct value *field, struct value *other)
{
	const struct operand *o = &x->operands[0];
	if (x->count == 1 && o->kind == OPERAND_LIVE &&
	    (o->live == LIVE_GOT || o->live == LIVE_SENT || o->live == LIVE_HELD) &&
	    field->kind == VALUE_NUMBER && other->kind == VALUE_NONE)
		*other = number(TAG_NONE);
}

static bool condition(struct run *r, const struct condition *c)
{
	const char *untold = r->untold;
	struct value a = run_eval(r, &c->a);
	if (c->defined) {
		r->untold = untold; /* whether it is told is what is asked */
		return a.kind != VALUE_NONE;
	}
	struct value b = run_eval(r, &c->b);
	reserved_tag(&c->a, &a, &b);
	reserved_tag(&c->b, &b, &a);
	return run_compare(c->op, &a, &b);
}

bool run_conditions(struct run *r, const struct condition_list *l)
{
	bool holds = true;
	r->untold = NULL;
	for (size_t i = 0; i < l->count; i++) {
		if (l->at[i].other && holds)
			return true;
		holds = l->at[i].other || holds;
		holds = holds && condition(r, &l->at[i]);
	}
	return holds;
}
