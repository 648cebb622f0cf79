/* SPDX-License-Identifier: BSD-2-Clause */
/* An initiator under test, made to log in and out by the user's shell commands. */
#ifndef CLI_SUT_COMMAND_H
#define CLI_SUT_COMMAND_H

#include "../script/runner.h"
#include "case_process.h"
#include "command.h"

struct sut_command {
	const char *login_line, *logout_line; /* logout_line may be NULL */
	const struct case_link *link;
	struct command login, logout, *latest;
	char *trouble; /* of one that ended: driver_trouble.h */
	char *env[6];
};

/* Fills `control`, whose functions run the commands with ISERSPEC_ADDRESS, ISERSPEC_PORT,
 * ISERSPEC_IQN and ISERSPEC_WORKLOAD (login or io) in their environment. *s must outlive it. */
void sut_command_init(struct sut_command *s, struct sut_control *control);
/* What one of them could not do by a fault of its own, or NULL; valid until sut_command_free(). */
const char *sut_command_trouble(struct sut_command *s);
/* Ends what still runs. */
void sut_command_free(struct sut_command *s);

/* That environment as a NULL-ended list; entries are malloc'd. */
void sut_command_env(char *env[6], const char *host, uint16_t port, const char *iqn,
		     enum workload workload);
void sut_command_env_free(char *env[6]);

#endif
