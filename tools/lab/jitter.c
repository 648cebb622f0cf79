// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lab only: delays, drawn by a seed, where a thread, a softirq or a work item begins to work. Under
 * time-travel=inf-cpu work takes no time, so that of two steps which are ready the same one always
 * comes first; a real machine has no such order. With this module a seed stands for one of its days.
 *
 * It hangs on tracepoints, so the kernel stays as it is. soft-RoCE works in tasklets (6.1) and work
 * items (6.12), LIO and ib_iser in work items and threads, user programs in threads.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

static unsigned long seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of all delays");

static unsigned int most_ns = 20000;
module_param(most_ns, uint, 0444);
MODULE_PARM_DESC(most_ns, "the longest delay, in nanoseconds");

static u64 state;
static bool drawing;

/* One time in four: a machine is late now and then, and not all the time. xorshift64 */
static void delay(void)
{
	if (drawing)
		return;
	drawing = true;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	if (!(state >> 62))
		ndelay((u32)(state >> 8) % most_ns);
	drawing = false;
}

static void on_switch(void *data, bool preempt, struct task_struct *prev, struct task_struct *next,
		      unsigned int prev_state)
{
	if (!is_idle_task(next))
		delay();
}

static void on_softirq(void *data, unsigned int number)
{
	if (number == TASKLET_SOFTIRQ)
		delay();
}

static void on_work(void *data, struct work_struct *work)
{
	delay();
}

static struct hook {
	const char *name;
	void *probe;
	struct tracepoint *point;
} hooks[] = {
	{"sched_switch", on_switch},
	{"softirq_entry", on_softirq},
	{"workqueue_execute_start", on_work},
};

static void find(struct tracepoint *point, void *unused)
{
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(point->name, hooks[i].name))
			hooks[i].point = point;
}

static void unhook(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		if (hooks[i].point)
			tracepoint_probe_unregister(hooks[i].point, hooks[i].probe, NULL);
	tracepoint_synchronize_unregister();
}

static int __init jitter_init(void)
{
	if (!most_ns)
		return -EINVAL;
	/* Neighbouring seeds shall not begin alike. */
	state = (seed + 1) * 0x9e3779b97f4a7c15ull;
	for_each_kernel_tracepoint(find, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		int error = hooks[i].point ? tracepoint_probe_register(hooks[i].point,
								      hooks[i].probe, NULL)
					   : -ENOENT;

		if (error) {
			pr_err("jitter: no tracepoint %s (%d)\n", hooks[i].name, error);
			hooks[i].point = NULL;
			unhook();
			return error;
		}
	}
	return 0;
}

static void __exit jitter_exit(void)
{
	unhook();
}

module_init(jitter_init);
module_exit(jitter_exit);
MODULE_DESCRIPTION("Delays drawn by a seed");
MODULE_LICENSE("Dual BSD/GPL");
