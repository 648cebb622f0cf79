// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lab only: which places of the modules under test were reached, in whatever thread, work item or
 * interrupt, where KCOV follows only the task that asked for it. They are compiled with
 * -fsanitize-coverage=trace-pc, which calls what is here at the beginning of each basic block.
 *
 * /sys/kernel/debug/iserspec-cover, a map of bytes in memory that a process can share, has a counter for each
 * place; who reads it sets it back. A place is the return address of such a call. No call has less
 * than two bytes, so that no two of them share a counter, and a module has a part of the map by its
 * name alone: the same place has the same counter in each guest. tools/lab/cover-places knows them.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

static const char *const names[] = {
	"ib_isert", "iscsi_target_mod", "ib_iser", "libiscsi", "scsi_transport_iscsi",
};

enum { BYTES_A_COUNTER = 2, COUNTERS_A_MODULE = 1 << 19 };
enum { MAP_BYTES = ARRAY_SIZE(names) * COUNTERS_A_MODULE };

static struct text {
	unsigned long at, len;
} texts[ARRAY_SIZE(names)];
static u8 *map;
static struct dentry *file;

void __sanitizer_cov_trace_pc(void);
notrace void __sanitizer_cov_trace_pc(void)
{
	const unsigned long pc = _RET_IP_;

	for (unsigned int i = 0; i < ARRAY_SIZE(texts); i++) {
		if (pc - texts[i].at < texts[i].len) {
			u8 *counter = map + i * COUNTERS_A_MODULE +
				      (pc - texts[i].at) / BYTES_A_COUNTER;

			*counter += *counter != 255;
			return;
		}
	}
}
EXPORT_SYMBOL_GPL(__sanitizer_cov_trace_pc);

static struct text text_of(const struct module *module)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	return (struct text){(unsigned long)module->mem[MOD_TEXT].base, module->mem[MOD_TEXT].size};
#else
	return (struct text){(unsigned long)module->core_layout.base,
			     module->core_layout.text_size};
#endif
}

static int on_module(struct notifier_block *block, unsigned long event, void *data)
{
	const struct module *module = data;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(module->name, names[i]))
			continue;
		if (event == MODULE_STATE_COMING) {
			texts[i] = text_of(module);
			if (texts[i].len > COUNTERS_A_MODULE * BYTES_A_COUNTER) {
				pr_err("cover: %s has more places than there are counters\n",
				       names[i]);
				texts[i].len = 0;
			}
		} else if (event == MODULE_STATE_GOING) {
			texts[i] = (struct text){0};
		}
	}
	return NOTIFY_OK;
}

static struct notifier_block block = {.notifier_call = on_module};

static int share(struct file *opened, struct vm_area_struct *area)
{
	return remap_vmalloc_range(area, map, area->vm_pgoff);
}

static ssize_t copy(struct file *opened, char __user *to, size_t len, loff_t *at)
{
	return simple_read_from_buffer(to, len, at, map, MAP_BYTES);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.mmap = share,
	.read = copy,
	.llseek = default_llseek,
};

static int __init cover_init(void)
{
	int error;

	map = vmalloc_user(MAP_BYTES);
	if (!map)
		return -ENOMEM;
	file = debugfs_create_file_unsafe("iserspec-cover", 0600, NULL, NULL, &operations);
	if (IS_ERR(file)) {
		vfree(map);
		return PTR_ERR(file);
	}
	d_inode(file)->i_size = MAP_BYTES;
	error = register_module_notifier(&block);
	if (error) {
		debugfs_remove(file);
		vfree(map);
	}
	return error;
}

static void __exit cover_exit(void)
{
	unregister_module_notifier(&block);
	debugfs_remove(file);
	vfree(map);
}

module_init(cover_init);
module_exit(cover_exit);
MODULE_DESCRIPTION("Counters of the places that were reached");
MODULE_LICENSE("Dual BSD/GPL");
