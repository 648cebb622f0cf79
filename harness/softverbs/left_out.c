/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What softverbs leaves out. The names are there, since Debian's programs are bound to all names
 * that they know when they start; whoever calls one gets ENOSYS in the way of that call: returned,
 * in errno with -1 or NULL, or nothing at all where a call returns nothing.
 *
 * Left out are shared receive queues, datagrams and their address handles, multicast, atomic
 * operations, XRC, extended queue pairs and completion queues (ibv_wr_start(), ibv_start_poll()),
 * device memory, import from other processes, rsockets, and what drivers of real devices are built
 * on. Queue pairs that are no plain reliable connections are refused where they are made, with
 * EOPNOTSUPP.
 *
 * No prototype is looked at, so this file includes none.
 */
#include <errno.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

#define RETURNS_ERRNO(name)    \
	EXPORT int name(void); \
	int name(void)         \
	{                      \
		return ENOSYS; \
	}
#define RETURNS_MINUS_ONE(name) \
	EXPORT int name(void);  \
	int name(void)          \
	{                       \
		errno = ENOSYS; \
		return -1;      \
	}
#define RETURNS_NULL(name)       \
	EXPORT void *name(void); \
	void *name(void)         \
	{                        \
		errno = ENOSYS;  \
		return NULL;     \
	}
#define RETURNS_NOTHING(name)   \
	EXPORT void name(void); \
	void name(void)         \
	{                       \
	}

/* clang-format off */

/* verbs */
RETURNS_NULL(ibv_create_srq)
RETURNS_NULL(ibv_create_ah)
RETURNS_NULL(ibv_create_ah_from_wc)
RETURNS_NULL(ibv_import_device)
RETURNS_NULL(ibv_import_pd)
RETURNS_NULL(ibv_import_mr)
RETURNS_NULL(ibv_import_dm)
RETURNS_NULL(ibv_reg_dmabuf_mr)
RETURNS_NULL(ibv_qp_to_qp_ex)
RETURNS_ERRNO(ibv_modify_srq)
RETURNS_ERRNO(ibv_query_srq)
RETURNS_ERRNO(ibv_destroy_srq)
RETURNS_ERRNO(ibv_destroy_ah)
RETURNS_ERRNO(ibv_attach_mcast)
RETURNS_ERRNO(ibv_detach_mcast)
RETURNS_ERRNO(ibv_rereg_mr)
RETURNS_ERRNO(ibv_set_ece)
RETURNS_ERRNO(ibv_query_ece)
RETURNS_MINUS_ONE(ibv_init_ah_from_wc)
RETURNS_MINUS_ONE(ibv_resolve_eth_l2_from_gid)
RETURNS_MINUS_ONE(ibv_dofork_range)
RETURNS_MINUS_ONE(ibv_dontfork_range)
RETURNS_NOTHING(ibv_unimport_pd)
RETURNS_NOTHING(ibv_unimport_mr)
RETURNS_NOTHING(ibv_unimport_dm)
RETURNS_NOTHING(ibv_copy_ah_attr_from_kern)
RETURNS_NOTHING(ibv_copy_path_rec_from_kern)
RETURNS_NOTHING(ibv_copy_path_rec_to_kern)
RETURNS_NOTHING(ibv_copy_qp_attr_from_kern)

/* for drivers */
RETURNS_NULL(_verbs_init_and_alloc_context)
RETURNS_NULL(ibv_cmd_create_flow)
RETURNS_NULL(verbs_open_device)
RETURNS_NOTHING(__verbs_log)
RETURNS_NOTHING(verbs_allow_disassociate_destroy)
RETURNS_NOTHING(verbs_init_cq)
RETURNS_NOTHING(verbs_register_driver_34)
RETURNS_NOTHING(verbs_set_ops)
RETURNS_NOTHING(verbs_uninit_context)
RETURNS_ERRNO(__ioctl_final_num_attrs)
RETURNS_ERRNO(execute_ioctl)
RETURNS_ERRNO(ibv_cmd_advise_mr)
RETURNS_ERRNO(ibv_cmd_alloc_dm)
RETURNS_ERRNO(ibv_cmd_alloc_mw)
RETURNS_ERRNO(ibv_cmd_alloc_pd)
RETURNS_ERRNO(ibv_cmd_attach_mcast)
RETURNS_ERRNO(ibv_cmd_close_xrcd)
RETURNS_ERRNO(ibv_cmd_create_ah)
RETURNS_ERRNO(ibv_cmd_create_counters)
RETURNS_ERRNO(ibv_cmd_create_cq)
RETURNS_ERRNO(ibv_cmd_create_cq_ex)
RETURNS_ERRNO(ibv_cmd_create_flow_action_esp)
RETURNS_ERRNO(ibv_cmd_create_qp)
RETURNS_ERRNO(ibv_cmd_create_qp_ex)
RETURNS_ERRNO(ibv_cmd_create_qp_ex2)
RETURNS_ERRNO(ibv_cmd_create_rwq_ind_table)
RETURNS_ERRNO(ibv_cmd_create_srq)
RETURNS_ERRNO(ibv_cmd_create_srq_ex)
RETURNS_ERRNO(ibv_cmd_create_wq)
RETURNS_ERRNO(ibv_cmd_dealloc_mw)
RETURNS_ERRNO(ibv_cmd_dealloc_pd)
RETURNS_ERRNO(ibv_cmd_dereg_mr)
RETURNS_ERRNO(ibv_cmd_destroy_ah)
RETURNS_ERRNO(ibv_cmd_destroy_counters)
RETURNS_ERRNO(ibv_cmd_destroy_cq)
RETURNS_ERRNO(ibv_cmd_destroy_flow)
RETURNS_ERRNO(ibv_cmd_destroy_flow_action)
RETURNS_ERRNO(ibv_cmd_destroy_qp)
RETURNS_ERRNO(ibv_cmd_destroy_rwq_ind_table)
RETURNS_ERRNO(ibv_cmd_destroy_srq)
RETURNS_ERRNO(ibv_cmd_destroy_wq)
RETURNS_ERRNO(ibv_cmd_detach_mcast)
RETURNS_ERRNO(ibv_cmd_free_dm)
RETURNS_ERRNO(ibv_cmd_get_context)
RETURNS_ERRNO(ibv_cmd_modify_cq)
RETURNS_ERRNO(ibv_cmd_modify_flow_action_esp)
RETURNS_ERRNO(ibv_cmd_modify_qp)
RETURNS_ERRNO(ibv_cmd_modify_qp_ex)
RETURNS_ERRNO(ibv_cmd_modify_srq)
RETURNS_ERRNO(ibv_cmd_modify_wq)
RETURNS_ERRNO(ibv_cmd_open_qp)
RETURNS_ERRNO(ibv_cmd_open_xrcd)
RETURNS_ERRNO(ibv_cmd_poll_cq)
RETURNS_ERRNO(ibv_cmd_post_recv)
RETURNS_ERRNO(ibv_cmd_post_send)
RETURNS_ERRNO(ibv_cmd_post_srq_recv)
RETURNS_ERRNO(ibv_cmd_query_context)
RETURNS_ERRNO(ibv_cmd_query_device_any)
RETURNS_ERRNO(ibv_cmd_query_mr)
RETURNS_ERRNO(ibv_cmd_query_port)
RETURNS_ERRNO(ibv_cmd_query_qp)
RETURNS_ERRNO(ibv_cmd_query_srq)
RETURNS_ERRNO(ibv_cmd_read_counters)
RETURNS_ERRNO(ibv_cmd_reg_dm_mr)
RETURNS_ERRNO(ibv_cmd_reg_dmabuf_mr)
RETURNS_ERRNO(ibv_cmd_reg_mr)
RETURNS_ERRNO(ibv_cmd_req_notify_cq)
RETURNS_ERRNO(ibv_cmd_rereg_mr)
RETURNS_ERRNO(ibv_cmd_resize_cq)
RETURNS_ERRNO(ibv_read_ibdev_sysfs_file)

/* rdmacm */
RETURNS_MINUS_ONE(rdma_create_srq)
RETURNS_MINUS_ONE(rdma_create_srq_ex)
RETURNS_MINUS_ONE(rdma_join_multicast)
RETURNS_MINUS_ONE(rdma_join_multicast_ex)
RETURNS_MINUS_ONE(rdma_leave_multicast)
RETURNS_MINUS_ONE(rdma_reject_ece)
RETURNS_MINUS_ONE(rdma_set_local_ece)
RETURNS_MINUS_ONE(rdma_get_remote_ece)
RETURNS_NOTHING(rdma_destroy_srq)

/* rsockets */
RETURNS_MINUS_ONE(raccept)
RETURNS_MINUS_ONE(rbind)
RETURNS_MINUS_ONE(rclose)
RETURNS_MINUS_ONE(rconnect)
RETURNS_MINUS_ONE(rfcntl)
RETURNS_MINUS_ONE(rgetpeername)
RETURNS_MINUS_ONE(rgetsockname)
RETURNS_MINUS_ONE(rgetsockopt)
RETURNS_MINUS_ONE(riomap)
RETURNS_MINUS_ONE(riounmap)
RETURNS_MINUS_ONE(riowrite)
RETURNS_MINUS_ONE(rlisten)
RETURNS_MINUS_ONE(rpoll)
RETURNS_MINUS_ONE(rread)
RETURNS_MINUS_ONE(rreadv)
RETURNS_MINUS_ONE(rrecv)
RETURNS_MINUS_ONE(rrecvfrom)
RETURNS_MINUS_ONE(rrecvmsg)
RETURNS_MINUS_ONE(rselect)
RETURNS_MINUS_ONE(rsend)
RETURNS_MINUS_ONE(rsendmsg)
RETURNS_MINUS_ONE(rsendto)
RETURNS_MINUS_ONE(rsetsockopt)
RETURNS_MINUS_ONE(rshutdown)
RETURNS_MINUS_ONE(rsocket)
RETURNS_MINUS_ONE(rwrite)
RETURNS_MINUS_ONE(rwritev)

/* clang-format on */
