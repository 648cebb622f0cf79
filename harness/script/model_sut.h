/* SPDX-License-Identifier: BSD-2-Clause */
/* The honest peer (or a mutant of it) as a system under test, in a simulator together with the
 * harness's endpoint. */
#ifndef SCRIPT_MODEL_SUT_H
#define SCRIPT_MODEL_SUT_H

#include "../fabric/sim/sim.h"
#include "order.h"
#include "runner.h"

struct model_sut;

/*
 * Makes the simulator and both endpoints. sut->role is the model's: a target listens, an initiator
 * connects when it is told to log in; each connection gets a peer of its own made from *sut. log
 * belongs to the harness's endpoint. NULL with *e.
 */
struct model_sut *model_sut_new(const struct sim_options *o, const struct peer_config *sut,
				struct log *log, struct err *e);
/* Ends all connections of the model, then the simulator with both endpoints. */
void model_sut_free(struct model_sut *m);

/* From now on this order decides; f->run and f->window are set. *f outlives the model. */
void model_sut_follow(struct model_sut *m, struct order_follower *f, const struct log *log);

uint64_t model_sut_steps(const struct model_sut *m);	    /* of its simulator: sim_steps() */
struct fabric *model_sut_fabric(const struct model_sut *m); /* the harness's */
/* Sets env's fab, sut control and addresses (base.host and port, or listen_host and listen_port).
 */
void model_sut_attach(struct model_sut *m, struct run_env *env);

#endif
