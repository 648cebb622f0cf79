/* SPDX-License-Identifier: BSD-2-Clause */
/* A device keeps fabric.h's promises: build/lab_contract [ADDRESS]. Ends with "N passed, N failed".
 */
#include "fabric_contract.h"

#include <errno.h>

#include "../fabric/log.h"

int main(int argc, char **argv)
{
	struct contract k = {.host = argc > 1 ? argv[1] : "10.9.0.1"};
	unsigned tally[3] = {0};
	static const char *const words[] = {"ok", "FAILED", "not applicable"};
	struct log *log = log_new(NULL, NULL);
	struct err e;
	char text[400];
	int status = 1;

	k.active.f = verbs_open(log, &e);
	k.passive.f = k.active.f ? verbs_open(log, &e) : NULL;
	if (!k.passive.f || fab_listen(k.passive.f, k.host, 0, NULL, &e)) {
		fprintf(stderr, "lab_contract: %s\n", err_text(&e, text, sizeof(text)));
		status = e.errnum == ENODEV ? 77 : 1;
		goto out;
	}
	for (int i = 0; i < CONTRACT_CHECKS; i++) {
		enum contract_verdict v = contract_run(&k, &contract_checks[i]);

		tally[v]++;
		printf("%-14s %s%s%s\n", words[v], contract_checks[i].name,
		       k.failure[0] ? ": " : "", k.failure);
		fflush(stdout);
	}
	printf("%u not applicable\n%u passed, %u failed\n", tally[CONTRACT_NOT_APPLICABLE],
	       tally[CONTRACT_PASSED], tally[CONTRACT_FAILED]);
	status = tally[CONTRACT_PASSED] && !tally[CONTRACT_FAILED] ? 0 : 1;
out:
	fab_close(k.passive.f);
	fab_close(k.active.f);
	log_free(log);
	return status;
}
