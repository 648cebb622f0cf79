/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of knobs: every deviation that the honest peer can make. */
#include "internal.h"

#include <string.h>

static const struct knob_info infos[KNOB_COUNT] = {
#define KNOB(id, knob_name, knob_role, knob_rules, knob_doc) \
	[KNOB_##id] = {.name = (knob_name),                  \
		       .role = (knob_role),                  \
		       .rules = (knob_rules),                \
		       .doc = (knob_doc)},
#include "knobs.def"
#undef KNOB
};

const struct knob_info *knob_infos(void)
{
	return infos;
}

int knob_by_name(const char *name)
{
	for (int i = 0; i < KNOB_COUNT; i++)
		if (word_is(infos[i].name, name))
			return i;
	return -1;
}

void peer_note_knob(struct peer *p, enum knob k)
{
	if (p->log)
		log_text(p->log, LOG_KNOB, fab_now(p->fab), infos[k].name, "%s", infos[k].doc);
}
