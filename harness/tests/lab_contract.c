/* SPDX-License-Identifier: BSD-2-Clause */
/* The same contract that the simulator keeps, on a device: build/lab_contract [ADDRESS], in the
 * lab 10.9.0.1. */
#include "../fabric/log.h"
#include "fabric_contract.h"

#include <errno.h>

int main(int argc, char **argv)
{
	struct log *logs[2] = {log_new(NULL, NULL), log_new(NULL, NULL)};
	struct contract k = {.host = argc > 1 ? argv[1] : "10.9.0.1"};
	unsigned counts[3] = {0};
	struct fab_params params;
	char text[400];
	struct err e;

	setvbuf(stdout, NULL, _IOLBF, 0);
	fab_params_default(&params);
	k.active.f = verbs_open(logs[0], &e);
	k.passive.f = k.active.f ? verbs_open(logs[1], &e) : NULL;
	if (!k.passive.f || fab_listen(k.passive.f, k.host, 0, &params, &e) < 0) {
		printf("%s\n", err_text(&e, text, sizeof(text)));
		return e.errnum == ENODEV ? 77 : 1;
	}
	printf("%s; %s\n", fab_description(k.passive.f), fab_kind(k.passive.f));
	for (int i = 0; i < CONTRACT_CHECKS; i++) {
		static const char *const words[] = {"ok", "FAILED", "not applicable"};
		enum contract_verdict v = contract_run(&k, &contract_checks[i]);

		counts[v]++;
		printf("%-14s %s%s%s\n", words[v], contract_checks[i].name,
		       v == CONTRACT_FAILED ? ": " : "", v == CONTRACT_FAILED ? k.failure : "");
	}
	fab_close(k.active.f);
	fab_close(k.passive.f);
	log_free(logs[0]);
	log_free(logs[1]);
	printf("%u passed, %u failed, %u not applicable\n", counts[CONTRACT_PASSED],
	       counts[CONTRACT_FAILED], counts[CONTRACT_NOT_APPLICABLE]);
	return counts[CONTRACT_FAILED] != 0;
}
