/* SPDX-License-Identifier: BSD-2-Clause */
#include "words.h"

#include <string.h>

#include "../fabric/fabric.h"

static const char *const ends[] = {
	[FAB_END_NONE] = "nobody did",
	[FAB_END_OURS] = "we ended it",
	[FAB_END_CLOSED] = "the system under test closed it",
	[FAB_END_ACCESS] =
		"an RDMA operation of the system under test broke it: our memory refused it",
	[FAB_END_OPERATION] =
		"an RDMA operation of the system under test broke it: our queue pair refused it",
	[FAB_END_MESSAGE] =
		"a Send of the system under test broke it: too long for our buffer, or it "
		"invalidates a key that it must not",
	[FAB_END_NO_BUFFER] = "a message of ours met no receive buffer of the system under test, "
			      "and that ended it",
	[FAB_END_REFUSED] =
		"the queue pair of the system under test refused what we sent, and that "
		"ended it",
	[FAB_END_LOST] = "the queue pair of the system under test answers no more",
	[FAB_END_LOCAL] = "our own side failed",
};

const char *words_of_end(const char *end)
{
	for (unsigned i = 0; end && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strcmp(end, fab_end_name((enum fab_end)i)))
			return ends[i];
	return end ? end : "";
}
