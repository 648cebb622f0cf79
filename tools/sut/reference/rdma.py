# SPDX-License-Identifier: BSD-2-Clause
"""Connections over librdmacm and verbs by pyverbs: reliable queue pairs, receive buffers, sends, RDMA Reads and Writes.

The queue pairs are made beside the CM ids, on a context of our own: a pyverbs CM id that is closed takes the context and
protection domain of its listener along.
"""

import collections
import itertools
import os

import pyverbs.cm_enums as ce
import pyverbs.enums as e
from pyverbs.cmid import CMID, AddrInfo, CMEvent, CMEventChannel, ConnParam
from pyverbs.cq import CQ, CompChannel
from pyverbs.device import Context
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.pyverbs_error import PyverbsError
from pyverbs.qp import QP, QPCap, QPInitAttr
from pyverbs.wr import SGE, RecvWR, SendWR

# The iSER header of the connection manager's private data (IBTA's annex for iSER, which RFC 7145 C.4 points to): flags and three
# reserved bytes. Base Offsets are addresses, not counted from zero, and nobody is sent a Send with Invalidate.
ZERO_BASED_NOT_SUPPORTED = 0x80
INVALIDATE_NOT_SUPPORTED = 0x40
CM_HEADER = bytes([ZERO_BASED_NOT_SUPPORTED | INVALIDATE_NOT_SUPPORTED, 0, 0, 0])

SEND_DEPTH = 128
RNR_RETRY_FOR_EVER = 7
# Completions that are not of receive buffers, whose numbers begin at 0.
FIRST_SEND = 1 << 32
CLOSE_S = 3


def descriptors():
    # The listing opens one itself, which is gone when it is looked at.
    return {int(name) for name in os.listdir('/proc/self/fd') if os.path.lexists('/proc/self/fd/' + name)}


def with_fd(make):
    """make() and the descriptor that it opened, which pyverbs does not tell."""
    CMEventChannel().close()  # the first one may open what the library needs for itself
    before = descriptors()
    made = make()
    new = descriptors() - before
    if len(new) != 1:
        raise OSError(f'{len(new)} new descriptors where one was expected')
    return made, new.pop()


class Device:
    """The device of a CM id, opened once more, with one protection domain."""

    def __init__(self, cmid):
        name = cmid.context.name
        self.context = Context(name=name if isinstance(name, str) else name.decode())
        self.pd = PD(self.context)

    def memory(self, length, remote=0):
        """A registered buffer; `remote` are IBV_ACCESS_REMOTE_... flags."""
        return MR(self.pd, length, e.IBV_ACCESS_LOCAL_WRITE | remote)


class Connection:
    """A queue pair with its CM id. The owner sets on_message(bytes) and on_closed(reason), which is called once."""

    def __init__(self, loop, device, cmid, receives, depth):
        """`receives` is the most receive buffers that can ever stand posted, `depth` the RDMA Reads that may be under way."""
        self.loop, self.device, self.cmid, self.depth = loop, device, cmid, depth
        self.on_message = self.on_closed = None
        self.channel, self.fd = with_fd(lambda: CompChannel(device.context))
        self.cq = CQ(device.context, receives + SEND_DEPTH + 8, None, self.channel, 0)
        cap = QPCap(max_send_wr=SEND_DEPTH, max_recv_wr=receives, max_send_sge=1, max_recv_sge=1)
        self.qp = QP(device.pd, QPInitAttr(qp_type=e.IBV_QPT_RC, scq=self.cq, rcq=self.cq, cap=cap))
        self.numbers = itertools.count(FIRST_SEND)
        self.under_way, self.waiting = {}, collections.deque()
        self.reads = 0
        self.buffers, self.size = [], 0
        self.repost = True
        self.closing = None
        self.closed = False
        self.cq.req_notify()
        loop.watch(self.fd, self.completions)

    def ready(self, states=(e.IBV_QPS_INIT, e.IBV_QPS_RTR, e.IBV_QPS_RTS)):
        for state in states:
            attributes, mask = self.cmid.init_qp_attr(state)
            self.qp.modify(attributes, mask)

    def provision(self, count, size):
        """Posts `count` receive buffers of `size` bytes more."""
        memory = self.device.memory(count * size)
        for i in range(count):
            self.buffers.append((memory, i * size, size))
            self.post(len(self.buffers) - 1)

    def post(self, number):
        memory, offset, size = self.buffers[number]
        self.qp.post_recv(RecvWR(wr_id=number, num_sge=1, sg=[SGE(memory.buf + offset, size, memory.lkey)]))

    def send(self, message, done=None):
        memory = self.device.memory(max(len(message), 1))
        memory.write(message, len(message))

        def release():
            memory.close()
            if done:
                done()

        sge = SGE(memory.buf, len(message), memory.lkey)
        self.submit(SendWR(opcode=e.IBV_WR_SEND, num_sge=1, sg=[sge], send_flags=e.IBV_SEND_SIGNALED), release)

    def rdma(self, opcode, memory, offset, length, remote, done):
        """IBV_WR_RDMA_READ or _WRITE between memory[offset:][:length] and `remote`, a pair of STag and tagged offset."""
        sge = SGE(memory.buf + offset, length, memory.lkey)
        work = SendWR(opcode=opcode, num_sge=1, sg=[sge], send_flags=e.IBV_SEND_SIGNALED)
        work.set_wr_rdma(*remote)
        self.submit(work, done, opcode == e.IBV_WR_RDMA_READ)

    def submit(self, work, done, read=False):
        self.waiting.append((work, done, read))
        self.flush()

    def flush(self):
        # In order: a response may not overtake the RDMA Write before it.
        while self.waiting and not self.closed and len(self.under_way) < SEND_DEPTH:
            work, done, read = self.waiting[0]
            if read and self.reads >= self.depth:
                return
            self.waiting.popleft()
            self.reads += read
            work.wr_id = next(self.numbers)
            self.under_way[work.wr_id] = (done, read)
            self.qp.post_send(work)

    def completions(self):
        self.channel.get_cq_event(self.cq)
        self.cq.ack_events(1)
        self.cq.req_notify()
        while not self.closed:
            count, found = self.cq.poll(16)
            if not count:
                return
            for completion in found:
                self.complete(completion)

    def complete(self, completion):
        if self.closed:
            return
        number = completion.wr_id
        if completion.status != e.IBV_WC_SUCCESS:
            self.down(f'completion status {completion.status} of {"a send" if number >= FIRST_SEND else "a receive"}')
        elif number >= FIRST_SEND:
            done, read = self.under_way.pop(number)
            self.reads -= read
            if done:
                done()
            self.flush()
        else:
            memory, offset, _ = self.buffers[number]
            message = memory.read(completion.byte_len, offset)
            # Before the message is looked at: an answer that lets the peer send more finds the buffer posted.
            if self.repost:
                self.post(number)
            if self.closing is None:
                self.on_message(message)

    def close(self, reason):
        """Ends the connection; on_closed comes when the peer has agreed, or after CLOSE_S."""
        if self.closing is not None or self.closed:
            return
        self.closing = reason
        try:
            self.cmid.disconnect()
        except PyverbsError:
            self.loop.after(0, lambda: self.down(reason))
            return
        self.loop.after(CLOSE_S, lambda: self.down(reason))

    def gone(self):
        """Whether the connection manager holds it for ended: events do not say whose they are."""
        try:
            self.cmid.init_qp_attr(e.IBV_QPS_RTS)
        except PyverbsError:
            return True
        return False

    def down(self, reason):
        """Gives everything back."""
        if self.closed:
            return
        self.closed = True
        self.loop.forget(self.fd)
        try:
            self.cmid.disconnect()
        except PyverbsError:
            pass
        for resource in (self.qp, self.cq, self.channel, self.cmid):
            resource.close()
        self.on_closed(self.closing or reason)


class Listener:
    """Accepts all who ask. on_connection(connection) sets its callbacks and posts its first buffers; who has seen its end calls
    forget()."""

    def __init__(self, loop, address, port, receives, depth, on_connection):
        self.loop, self.receives, self.depth, self.on_connection = loop, receives, depth, on_connection
        self.channel, self.fd = with_fd(CMEventChannel)
        self.cmid = CMID(creator=self.channel)
        self.cmid.bind_addr(AddrInfo(src=address, src_service=str(port), port_space=ce.RDMA_PS_TCP, flags=ce.RAI_PASSIVE))
        self.device = Device(self.cmid)
        self.connections = []
        self.cmid.listen(16)
        loop.watch(self.fd, self.event)

    def event(self):
        event = CMEvent(self.channel)
        kind, name = event.event_type, event.event_str()
        if kind == ce.RDMA_CM_EVENT_CONNECT_REQUEST:
            child = CMID(creator=event, listen_id=self.cmid)
            event.ack_cm_event()
            self.accept(child)
            return
        event.ack_cm_event()
        if kind in (ce.RDMA_CM_EVENT_ESTABLISHED, ce.RDMA_CM_EVENT_TIMEWAIT_EXIT):
            return
        for connection in [each for each in self.connections if each.gone()]:
            connection.down(name)

    def accept(self, child):
        # What the initiator can answer at a time is in the attributes that its request left there.
        depth = min(self.depth, child.init_qp_attr(e.IBV_QPS_RTS)[0].max_rd_atomic)
        connection = Connection(self.loop, self.device, child, self.receives, depth)
        self.connections.append(connection)
        connection.ready()
        # Posts its first buffers; nothing arrives before the request is accepted.
        self.on_connection(connection)
        parameters = ConnParam(resources=0, depth=depth, rnr_retry=RNR_RETRY_FOR_EVER, qp_num=connection.qp.qp_num,
                               data_len=len(CM_HEADER))
        parameters.set_private_data(CM_HEADER)
        child.accept(parameters)

    def forget(self, connection):
        if connection in self.connections:
            self.connections.remove(connection)


def connect(loop, address, port, receives, ird):
    """A Connection that is not yet made, and go(provision), which makes it: provision() posts the first buffers. ConnectionError
    where the target refuses or does not answer."""
    channel, fd = with_fd(CMEventChannel)
    cmid = CMID(creator=channel)
    cmid.resolve_addr(AddrInfo(dst=address, dst_service=str(port), port_space=ce.RDMA_PS_TCP))
    expect(channel, ce.RDMA_CM_EVENT_ADDR_RESOLVED)
    cmid.resolve_route()
    expect(channel, ce.RDMA_CM_EVENT_ROUTE_RESOLVED)
    connection = Connection(loop, Device(cmid), cmid, receives, 0)
    parameters = ConnParam(resources=ird, depth=0, rnr_retry=RNR_RETRY_FOR_EVER, qp_num=connection.qp.qp_num,
                           data_len=len(CM_HEADER))
    parameters.set_private_data(CM_HEADER)

    def go(provision):
        cmid.connect(parameters)
        expect(channel, ce.RDMA_CM_EVENT_CONNECT_RESPONSE)
        connection.ready((e.IBV_QPS_INIT,))
        provision()
        connection.ready((e.IBV_QPS_RTR, e.IBV_QPS_RTS))
        cmid.establish()

        def event():
            kind, name = next_event(channel)
            if kind not in (ce.RDMA_CM_EVENT_ESTABLISHED, ce.RDMA_CM_EVENT_TIMEWAIT_EXIT):
                connection.down(name)

        loop.watch(fd, event)

    return connection, go


def next_event(channel):
    """Waits for it: its kind and its name."""
    event = CMEvent(channel)
    kind, name = event.event_type, event.event_str()
    event.ack_cm_event()
    return kind, name


def expect(channel, kind):
    found, name = next_event(channel)
    if found != kind:
        raise ConnectionError(name)
