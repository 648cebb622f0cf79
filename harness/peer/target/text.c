/* SPDX-License-Identifier: BSD-2-Clause */
/* Text Requests at the target: SendTargets (RFC 7143 appendix C), and text in pieces (6.2). */
#include <stdio.h>
#include <string.h>

#include "target.h"

/* Without TargetAddress the initiator takes the one that it came to, appendix C. Those beyond the
 * first are other groups' (13.9), and lead nowhere. */
static void put_addresses(struct peer *p, struct writer *w)
{
	char address[sizeof(p->cfg.host) + 16];
	const char *host = p->cfg.host;

	if (!host[0] || !strcmp(host, "0.0.0.0") || !strcmp(host, "::") || !strcmp(host, "[::]"))
		return;
	bool bare_v6 = strchr(host, ':') && host[0] != '[';
	for (unsigned i = 0; i < p->cfg.target_portals; i++) {
		snprintf(address, sizeof(address), "%s%s%s:%u,%u", bare_v6 ? "[" : "", host,
			 bare_v6 ? "]" : "", (unsigned)p->cfg.port + i, 1 + i);
		text_put(w, "TargetAddress", address);
	}
}

/* All names but the first are as long as a name may be: 223 bytes, RFC 7143 4.2.7.1. */
static void put_names(struct peer *p, struct writer *w)
{
	char name[PEER_NAME_MAX];

	if (!peer_knob(p, KNOB_SEND_TARGETS_NAMELESS))
		text_put(w, "TargetName", p->cfg.target_name);
	put_addresses(p, w);
	for (unsigned i = 1; i < p->cfg.target_names; i++) {
		const int len =
			snprintf(name, sizeof(name), "iqn.2026-01.net.iserspec:other-%u.", i);
		memset(name + len, 'x', sizeof(name) - 1 - (size_t)len);
		name[sizeof(name) - 1] = '\0';
		text_put(w, "TargetName", name);
		put_addresses(p, w);
	}
}

static void send_targets(struct peer *p, struct bytes value, struct writer *w)
{
	bool all = bytes_eq(value, "All");

	if (all && !target_is_discovery(p) && !peer_knob(p, KNOB_SEND_TARGETS_ALL_SERVED)) {
		text_put(w, "SendTargets", "Reject");
		return;
	}
	if (all) {
		put_names(p, w);
		return;
	}
	/* A name that is not ours: nothing to tell. */
	if (value.len && !bytes_eq(value, p->cfg.target_name))
		return;
	if (!peer_knob(p, KNOB_SEND_TARGETS_NAMELESS))
		text_put(w, "TargetName", p->cfg.target_name);
	put_addresses(p, w);
}

static void answer_key(struct peer *p, const struct text_pair *pair, struct writer *w)
{
	char name[TEXT_KEY_MAX + 1];
	const struct text_key *key = text_key_by_name((const char *)pair->key.at, pair->key.len);

	bytes_copy(pair->key, name, sizeof(name));
	if (bytes_eq(pair->key, "SendTargets"))
		send_targets(p, pair->value, w);
	else if (!key)
		text_put(w, name, "NotUnderstood");
	else if (!(key->use & (KEY_ANY | KEY_FFP_ONLY)) && /* of the login only */
		 !peer_knob(p, KNOB_TAKES_LOGIN_KEY_IN_TEXT))
		text_put(w, name, "Reject");
	else if (!(key->use & (KEY_ANY | KEY_FFP_ONLY)))
		text_put(w, name, "0");
}

static int build_answer(struct peer *p)
{
	struct target_state *t = p->target;
	struct cursor c = cursor_of(t->text, t->text_len);
	struct writer w = writer_of(t->answer, sizeof(t->answer));
	struct text_pair pair;
	int got;

	while ((got = text_next(&c, &pair, NULL)) > 0)
		if (pair.key.len <= TEXT_KEY_MAX)
			answer_key(p, &pair, &w);
	if (got < 0 && peer_knob(p, KNOB_TEXT_READ_BEYOND_END)) {
		text_put(&w, "X-com.example.from-an-older-message.1", "NotUnderstood");
		text_put(&w, "X-com.example.from-an-older-message.2", "NotUnderstood");
		got = 0;
	}
	t->text_len = 0;
	t->answer_len = writer_len(&w);
	t->answer_at = 0;
	if (got < 0 && peer_knob(p, KNOB_TEXT_ENDS_AT_MALFORMED))
		got = 0;
	return got < 0 || w.failed ? -1 : 0;
}

/* The next piece of the answer; an empty one asks for more when the initiator's text goes on. */
static void send_piece(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;
	size_t left = t->answer_len - t->answer_at;
	size_t piece = left < p->terms.initiator_rdsl ? left : p->terms.initiator_rdsl;
	struct pdu out;

	if (piece < left && peer_knob(p, KNOB_TEXT_BEYOND_IRDSL))
		piece = left;

	target_new_pdu(p, OP_TEXT_RESPONSE, &out);
	out.itt = pdu->itt;
	out.lun = pdu->lun;
	out.c = piece < left;
	out.f = (pdu->f || peer_knob(p, KNOB_TEXT_ENDS_TOO_EARLY)) && !pdu->c && !out.c;
	out.ttt = TAG_NONE;
	if (!out.f) {
		if (p->next_ttt == TAG_NONE)
			p->next_ttt = 1;
		out.ttt = p->next_ttt++;
	}
	out.data = (struct bytes){t->answer + t->answer_at, piece};
	t->answer_at += piece;
	t->text_ttt = out.ttt;
	if (peer_knob(p, KNOB_TEXT_NOT_ANSWERED))
		return;
	if (out.f && peer_knob(p, KNOB_TEXT_FINAL_WITH_TTT))
		out.ttt = 1;
	if (!out.f && peer_knob(p, KNOB_TEXT_GOES_ON_WITHOUT_TTT))
		out.ttt = TAG_NONE;
	peer_send(p, &out);
}

void target_text(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;

	p->served.texts++;
	if (pdu->ttt != TAG_NONE && pdu->ttt != t->text_ttt) {
		target_reject(p, pdu, REJECT_INVALID_FIELD, !pdu->i);
		return;
	}
	if (pdu->ttt == TAG_NONE) /* a new exchange ends an old one, RFC 7143 11.10.4 */
		t->text_len = t->answer_len = t->answer_at = 0;
	if (pdu->ttt == TAG_NONE && p->older && p->older->target &&
	    peer_knob(p, KNOB_TEXTS_SHARE_ONE_PLACE)) {
		t->text_len = p->older->target->text_len;
		memcpy(t->text, p->older->target->text, t->text_len);
	}
	if (pdu->c && pdu->f) { /* RFC 7143 11.10.1 */
		target_reject(p, pdu, REJECT_PROTOCOL_ERROR, !pdu->i);
		return;
	}
	if (pdu->data.len > sizeof(t->text) - t->text_len) {
		t->text_len = 0;
		target_reject(p, pdu, REJECT_OUT_OF_RESOURCES, !pdu->i);
		return;
	}
	if (pdu->data.len)
		memcpy(t->text + t->text_len, pdu->data.at, pdu->data.len);
	t->text_len += pdu->data.len;
	if (!pdu->c && t->text_len && build_answer(p)) {
		t->answer_len = t->answer_at = 0;
		target_reject(p, pdu, REJECT_PROTOCOL_ERROR, !pdu->i);
		return;
	}
	send_piece(p, pdu);
}
