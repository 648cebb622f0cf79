/* SPDX-License-Identifier: BSD-2-Clause */
/* The midst of something: what several statements together bring the SUT into. */
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "internal.h"

struct situation {
	struct session_text *t;
	size_t at; /* the next line goes here */
	struct rng *dice;
};

/* Takes text over. */
static void put(struct situation *s, unsigned indent, char *text)
{
	session_put(s->t, s->at++, indent, text);
}

static void say(struct situation *s, const char *text)
{
	put(s, 0, must(strdup(text)));
}

/* Waits for a message, which is $got behind it. */
static void await(struct situation *s, const char *type)
{
	say(s, "expect one of within 500ms");
	put(s, 4, text_format("%s => go on", type));
	put(s, 4, must(strdup("closed => go on")));
	put(s, 4, must(strdup("nothing => go on")));
}

/* Its place; where there is none, the end. */
static size_t first_login(const struct situation *s)
{
	size_t i = 0;

	while (i < s->t->count && !session_begins(s->t->at[i].text, "login"))
		i++;
	return i;
}

/* Once, or as often as tables have places, and once more. */
static char *often(struct rng *dice, const char *statement)
{
	static const unsigned counts[] = {1, 1, 1, 2, 3, 9, 17, 33};
	const unsigned n = PICK(dice, counts);

	return n > 1 ? text_format("%s * %u", statement, n) : must(strdup(statement));
}

/* ---- a target under test ---- */

/* Requests ahead of their CmdSN, which wait for the one before (RFC 7143 4.2.2.1); that comes
 * behind, or never. */
static void out_of_turn(struct situation *s)
{
	static const char *const requests[] = {"send scsi-command command=read lba=0 blocks=8",
					       "send scsi-command command=write lba=0 blocks=8",
					       "send scsi-command command=test-unit-ready",
					       "send nop-out ITT=fresh TTT=none data=pattern:5:100",
					       "send task-request Function=1",
					       "send task-request Function=2",
					       "send task-request Function=4",
					       "send task-request Function=5",
					       "send text-request",
					       "send logout-request"};
	static const char *const places[] = {"$CmdSN+1", "$CmdSN+1", "$CmdSN+2", "$MaxCmdSN"};

	for (size_t n = 1 + rng_below(s->dice, 3); n; n--) {
		char *one = text_format("%s I=%d CmdSN=%s", PICK(s->dice, requests),
					rng_one_in(s->dice, 2), PICK(s->dice, places));
		put(s, 0, often(s->dice, one));
		free(one);
	}
	if (!rng_one_in(s->dice, 3))
		say(s, "send nop-out I=0 ITT=fresh TTT=none");
	if (rng_one_in(s->dice, 3))
		say(s, "send nop-out I=0 ITT=fresh TTT=none");
}

/* In all logins so far. */
static void agree(struct situation *s, const char *name, const char *value)
{
	for (size_t i = 0; i < s->at; i++)
		if (session_begins(s->t->at[i].text, "login"))
			session_put_setting(&s->t->at[i], name, value);
}

/* A write whose unsolicited data comes in Data-Outs, one of which may lie behind all data; where
 * the login left it to R2Ts, it does now. */
static void in_parts(struct situation *s)
{
	static const char *const behind[] = {"$cmd.EDTL", "$cmd.EDTL+4096", "0x80000000",
					     "0xfffffe00"};
	static const unsigned sizes[] = {512, 512, 1024, 4096};
	const unsigned size = PICK(s->dice, sizes), parts = 1 + (unsigned)rng_below(s->dice, 4);

	agree(s, "InitialR2T", "No");
	put(s, 0,
	    text_format("send scsi-command command=write lba=0 blocks=%u F=0",
			(parts * size + (rng_one_in(s->dice, 3) ? 512 : 0)) / 512));
	for (unsigned i = 0; i < parts; i++)
		put(s, 0,
		    text_format(
			    "send data-out ITT=$cmd.ITT TTT=none F=%d DataSN=%u BufferOffset=%u "
			    "data=pattern:7:%u",
			    i + 1 == parts, i, i * size, size));
	if (rng_one_in(s->dice, 3))
		session_put_setting(&s->t->at[s->at - 1 - rng_below(s->dice, parts)],
				    "BufferOffset", PICK(s->dice, behind));
}

/* A text exchange of several requests, RFC 7143 6.2: it goes on, is begun anew, or left. */
static void text_in_pieces(struct situation *s)
{
	static const char *const next[] = {
		"send text-request ITT=$sent.ITT TTT=$got.TTT F=1",
		"send text-request ITT=$sent.ITT TTT=$got.TTT F=0 C=1 data=text:\"X-b=\"",
		"send text-request ITT=$sent.ITT TTT=none F=1",
		"send text-request ITT=fresh TTT=$got.TTT F=1",
		"send snack",
		"send nop-out I=1 ITT=fresh TTT=none"};

	say(s, rng_one_in(s->dice, 2) ? "send text-request F=0 C=1 data=text:\"SendTargets=\""
				      : "send text-request F=0 data=text:\"SendTargets=All\\x00\"");
	for (size_t n = 1 + rng_below(s->dice, 3); n; n--) {
		await(s, "text-response");
		say(s, PICK(s->dice, next));
	}
}

/* Commands whose data is under way, and what may end them. Others may take their places: where
 * there are few, one that was not given back is missed. */
static void under_way(struct situation *s)
{
	static const char *const commands[] = {"send scsi-command command=write lba=0 blocks=64",
					       "send scsi-command command=write lba=8 blocks=8 I=1",
					       "send scsi-command command=read lba=0 blocks=64"};
	static const char *const ends[] = {
		"send task-request I=1 Function=1 ReferencedTaskTag=$cmd.ITT RefCmdSN=$cmd.CmdSN",
		"send task-request I=1 Function=2",
		"send task-request I=1 Function=5",
		"send logout-request I=1",
		"send logout-request Reason=2",
		"send logout-request Reason=1 CID=7",
		"send nop-out I=1 ITT=fresh TTT=none data=pattern:5:100",
		"send scsi-command command=test-unit-ready ITT=$cmd.ITT",
		"send login-request"};

	const bool few = rng_one_in(s->dice, 3);

	if (few)
		agree(s, "responder-resources", "1");
	if (few || rng_one_in(s->dice, 2)) /* an RDMA Read after the other: they take their time */
		agree(s, "MaxBurstLength", "512");
	put(s, 0, often(s->dice, few ? commands[0] : PICK(s->dice, commands)));
	for (size_t n = 1 + rng_below(s->dice, 2); n; n--)
		say(s, PICK(s->dice, ends));
	if (rng_one_in(s->dice, 2))
		put(s, 0, often(s->dice, few ? commands[0] : PICK(s->dice, commands)));
}

/* A connection that another one takes the place of, RFC 7143 6.3.4. */
static void replaced(struct situation *s)
{
	put(s, 0,
	    text_format("login isid=7 ErrorRecoveryLevel=%d ImmediateData=No",
			rng_one_in(s->dice, 3) ? 0 : 2));
	say(s, "keep tsih = $session.tsih");
	if (!rng_one_in(s->dice, 3))
		under_way(s);
	say(s, "keep sn = $CmdSN");
	say(s, "keep tag = $cmd.ITT");
	say(s, "on B login until final isid=7 ErrorRecoveryLevel=2");
	if (rng_one_in(s->dice, 2))
		say(s, rng_one_in(s->dice, 2) ? "disconnect" : "vanish");
	say(s, "on B send login-request TSIH=$tsih CmdSN=$sn");
	say(s, "on B wait 10ms");
	say(s, rng_one_in(s->dice, 2)
		       ? "on B send scsi-command command=read lba=0 blocks=8 CmdSN=$sn"
		       : "on B send task-request I=1 Function=8 ReferencedTaskTag=$tag");
}

/* ---- an initiator under test ---- */

static const char *const deeds[] = {"sut read offset=65536 length=4096",
				    "sut write offset=8192 data=pattern:20:8192"};
static const char *const residuals[] = {"",
					"",
					" U=1 ResidualCount=512",
					" O=1 ResidualCount=512",
					" Response=1",
					" O=1 ResidualCount=0x10000",
					" U=1 ResidualCount=0x80000000"};

/* Its request is kept from our peer, and answered by hand: late, twice, with a lie. */
static void by_hand(struct situation *s)
{
	static const struct {
		const char *request, *response;
	} pairs[] = {
		{"scsi-command", "scsi-response"},     {"task-request", "task-response"},
		{"text-request", "text-response"},     {"nop-out", "nop-in"},
		{"logout-request", "logout-response"}, {"scsi-command", "reject"},
	};
	const size_t i = rng_below(s->dice, sizeof(pairs) / sizeof(pairs[0]));
	const bool by_its_user = i == 0 && rng_one_in(s->dice, 2);

	if (!by_its_user && !s->t->workload && i != 3)
		s->t->workload = must(strdup(i == 2 ? "discovery" : "io"));
	put(s, 0, text_format("quiet %s", pairs[i].request));
	if (by_its_user)
		say(s, deeds[rng_below(s->dice, 2)]);
	put(s, 0, text_format("serve until %s within 5s", pairs[i].request));
	char *answer = text_format("send %s%s%s", pairs[i].response,
				   rng_one_in(s->dice, 2) ? " ITT=$cmd.ITT" : "",
				   i == 0 ? PICK(s->dice, residuals) : "");
	for (size_t n = 1 + rng_below(s->dice, 2); n; n--)
		put(s, 0, often(s->dice, answer));
	free(answer);
	if (!rng_one_in(s->dice, 3))
		say(s, "honest");
}

/* The memory of a command, behind its end, however that was told: who acknowledges the response has
 * taken its STag back (RFC 7145 1.5.1). The commands that come unasked begin with the login. */
static void touched(struct situation *s)
{
	const bool reads = rng_one_in(s->dice, 2), its_user = rng_one_in(s->dice, 2);

	if (!its_user && first_login(s) < s->t->count)
		s->at = first_login(s) + 1;
	if (!its_user && !s->t->workload)
		s->t->workload = must(strdup("io"));
	say(s, "quiet scsi-command");
	if (its_user)
		say(s, deeds[reads]);
	await(s, "scsi-command"); /* what was served is not $got */
	put(s, 0, text_format("keep stag = $got.%sSTag", reads ? "Write" : "Read"));
	put(s, 0, text_format("keep addr = $got.%sBaseOffset", reads ? "Write" : "Read"));
	put(s, 0, text_format("send scsi-response%s", PICK(s->dice, residuals)));
	await(s, "nop-out");
	say(s, "send nop-in TTT=fresh");
	await(s, "nop-out");
	say(s, reads ? "rdma-read addr=$addr key=$stag length=4"
		     : "rdma-write addr=$addr key=$stag data=hex:00");
}

/* Its login ends otherwise than it hopes, RFC 7143 11.13.5. */
static void turned_away(struct situation *s)
{
	static const char *const answers[] = {
		" StatusClass=1 StatusDetail=1",
		" StatusClass=1 StatusDetail=2 data=text:\"TargetAddress=10.9.0.1:3260,1\\x00\"",
		" StatusClass=1 StatusDetail=1 C=1 T=0 data=text:\"TargetAdd\"",
		" StatusClass=2 StatusDetail=7",
		" StatusClass=3",
		" T=0 data=text:\"InitialR2T=No\\x00\""};

	s->at = first_login(s);
	say(s, rng_one_in(s->dice, 2) ? "login until final" : "login until operational");
	put(s, 0, text_format("send login-response%s", PICK(s->dice, answers)));
}

/* A Text Response in several, each of which asks for the next Text Request (RFC 7143 6.2). */
static void answer_in_pieces(struct situation *s)
{
	static const unsigned sizes[] = {20, 500, 4000, 8000};
	const unsigned size = PICK(s->dice, sizes);

	if (!s->t->workload)
		s->t->workload = must(strdup("discovery"));
	say(s, "quiet text-request");
	for (size_t n = 1 + rng_below(s->dice, 4); n; n--) {
		say(s, "serve until text-request within 5s");
		put(s, 0,
		    text_format("send text-response F=%d C=1 TTT=%s data=pattern:3:%u",
				rng_one_in(s->dice, 5),
				rng_one_in(s->dice, 5) ? "none" : "0x5a5a0001", size));
	}
	if (!rng_one_in(s->dice, 3))
		say(s, "honest");
}

/* Unexpected PDUs, one behind the other, of which some ask for something. */
static void unexpected(struct situation *s)
{
	static const char *const messages[] = {
		"send nop-in TTT=fresh",   "send nop-in TTT=fresh data=pattern:5:100",
		"send nop-in TTT=none",	   "send async AsyncEvent=1 Parameter3=5",
		"send async AsyncEvent=0", "send async AsyncEvent=4 Parameter3=3",
		"send reject Reason=4"};

	for (size_t n = 1 + rng_below(s->dice, 3); n; n--)
		put(s, 0, often(s->dice, PICK(s->dice, messages)));
}

/* ---- */

/* A tag is kept, and stands in a later message: its task may be over by then. */
static void tag_of_before(struct situation *s)
{
	static const char *const tags[] = {"$cmd.ITT",	"$cmd.WriteSTag", "$cmd.ReadSTag",
					   "$sent.ITT", "$got.TTT",	  "$sent.TTT"};
	static const char *const into[] = {"ITT", "TTT", "ReferencedTaskTag", "WriteSTag",
					   "ReadSTag"};

	put(s, 0, text_format("keep before = %s", PICK(s->dice, tags)));
	for (size_t i = s->at; i < s->t->count; i++)
		if (session_begins(s->t->at[i].text, "send") && rng_one_in(s->dice, 2)) {
			session_put_setting(&s->t->at[i], PICK(s->dice, into), "$before");
			return;
		}
}

void session_situation(struct session_text *t, size_t at, enum peer_role sut, struct rng *dice)
{
	static void (*const of_target[])(struct situation *) = {
		out_of_turn, in_parts, text_in_pieces, under_way, replaced, tag_of_before};
	static void (*const of_initiator[])(struct situation *) = {
		by_hand, touched, turned_away, answer_in_pieces, unexpected, tag_of_before};
	static const char *const at_the_wrap[] = {"0xffffffff", "0xfffffffa", "0x7fffffff"};
	struct situation s = {.t = t, .at = at, .dice = dice};

	/* RFC 7143 4.2.2.1: numbers are of serial arithmetic. They wrap soon behind the login. */
	if (sut == PEER_TARGET && rng_one_in(dice, 4)) {
		if (first_login(&s) < s.at && rng_one_in(dice, 2))
			s.at = first_login(&s) + 1;
		agree(&s, "first-cmd-sn", PICK(dice, at_the_wrap));
	}
	if (sut == PEER_TARGET)
		PICK(dice, of_target)(&s);
	else
		PICK(dice, of_initiator)(&s);
	/* What is said too late is said behind it. */
	if (rng_one_in(dice, 2))
		say(&s, "wait 20ms");
}
