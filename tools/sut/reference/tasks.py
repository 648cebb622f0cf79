# SPDX-License-Identifier: BSD-2-Clause
"""SCSI tasks of a target's session: data by Sends, RDMA Reads and RDMA Writes (RFC 7145 7.3, 9.5), and task management."""

import struct

import disk
import pyverbs.enums as e
import wire

FUNCTIONS_OF_A_LUN, FUNCTIONS_OF_MANY = (2, 3, 4, 5), (2, 4, 5, 6)


class Task:
    def __init__(self, pdu):
        self.itt, self.lun, self.cmd_sn = pdu.itt, pdu.lun, pdu.word(24)
        self.reads, self.writes = bool(pdu.flags & 0x40), bool(pdu.flags & 0x20)
        self.expected = pdu.word(20)
        self.cdb = struct.pack('>4I', *(pdu.word(offset) for offset in (32, 36, 40, 44)))
        self.write_tag, self.read_tag = pdu.write, pdu.read
        self.unsolicited = bytearray(pdu.data)
        self.collecting = self.writes and not pdu.flags & 0x80
        self.data_sn = 0
        self.aborted = False


class Tasks:
    def __init__(self, session):
        self.session, self.connection = session, session.connection
        self.active = {}
        self.abandoned = set()  # tags whose Data-Outs are still on their way
        self.under_way = 0  # RDMA operations
        self.waiting = []  # for their end

    def known(self, itt):
        return itt in self.active

    # ---- commands ----

    def command(self, pdu):
        session, keys = self.session, self.session.keys
        if self.known(pdu.itt):
            session.reject(pdu, wire.REJECT_TASK)
            return
        if pdu.itt == wire.RESERVED_TAG:
            session.reject(pdu, wire.REJECT_FIELD)
            return
        task = Task(pdu)
        if pdu.data and (not task.writes or not keys['ImmediateData']):
            raise wire.FormatError('immediate data where none may be')
        if task.collecting and keys['InitialR2T']:
            raise wire.FormatError('unsolicited Data-Outs announced with InitialR2T=Yes')
        if task.reads and task.writes:
            self.finish(task, disk.refuse(disk.INVALID_FIELD))
            return
        if len(task.unsolicited) > min(keys['FirstBurstLength'], task.expected):
            raise wire.FormatError(f'{len(task.unsolicited)} bytes of immediate data')
        self.abandoned.discard(task.itt)
        self.active[task.itt] = task
        if not task.collecting:
            self.execute(task)

    def data_out(self, pdu):
        task = self.active.get(pdu.itt)
        if task is None or not task.collecting:
            if pdu.itt in self.abandoned:
                if pdu.flags & 0x80:
                    self.abandoned.discard(pdu.itt)
                return
            self.session.reject(pdu, wire.REJECT_FIELD)
            return
        if pdu.word(20) != wire.RESERVED_TAG or pdu.word(36) != task.data_sn or pdu.word(40) != len(task.unsolicited):
            raise wire.FormatError('a Data-Out with a wrong tag, DataSN or Buffer Offset')
        task.data_sn += 1
        task.unsolicited += pdu.data
        if len(task.unsolicited) > min(self.session.keys['FirstBurstLength'], task.expected):
            raise wire.FormatError(f'{len(task.unsolicited)} bytes of unsolicited data')
        if pdu.flags & 0x80:
            task.collecting = False
            self.execute(task)

    def execute(self, task):
        waiting = self.session.target.attentions.get(self.session.who)
        if waiting and task.cdb[0] not in (disk.INQUIRY, disk.REPORT_LUNS, disk.REQUEST_SENSE):
            self.finish(task, disk.Plan(sense=disk.sense(disk.UNIT_ATTENTION, waiting.pop(0))))
            return
        plan = disk.plan(task.cdb, task.lun)
        if plan.sense or (plan.data is None and plan.place is None):
            self.finish(task, plan)
        elif plan.place and plan.place[0] == 'write':
            self.receive(task, plan)
        else:
            self.return_data(task, plan)

    # ---- data ----

    def rdma(self, opcode, memory, offset, length, tag, tagged_offset, done):
        stag, base = tag
        self.under_way += 1

        def finished():
            self.under_way -= 1
            done()
            if not self.under_way:
                waiting, self.waiting = self.waiting, []
                for call in waiting:
                    call()

        self.connection.rdma(opcode, memory, offset, length, (stag, base + tagged_offset), finished)

    def when_still(self, call):
        """call() when no RDMA operation is under way."""
        if self.under_way:
            self.waiting.append(call)
        else:
            call()

    def return_data(self, task, plan):
        offset, size = plan.place[1:] if plan.place else (0, len(plan.data))
        length = min(size, task.expected) if task.reads else 0
        if not length:
            self.finish(task, plan, size)
            return
        if not task.read_tag:
            raise wire.FormatError('a read without a Read STag')
        memory = self.session.target.memory
        if plan.data is not None:
            memory = self.connection.device.memory(length)
            memory.write(plan.data, length)

        def done():
            if plan.data is not None:
                memory.close()
            self.finish(task, plan, size)

        self.rdma(e.IBV_WR_RDMA_WRITE, memory, offset, length, task.read_tag, 0, done)

    def receive(self, task, plan):
        _, offset, size = plan.place
        length = min(size, task.expected) if task.writes else 0
        have = min(len(task.unsolicited), length)
        if have:
            self.session.target.memory.write(bytes(task.unsolicited), have, offset)
        if have < length and not task.write_tag:
            raise wire.FormatError('solicited data without a Write STag')
        if have < length and not self.connection.depth:
            # RFC 7145 7.3.6 item 3.
            self.connection.close('data to be read, with iSER-ORD 0')
            return
        # RFC 7145 6.9: where the buffer begins that the Base Offset names.
        begins = len(task.unsolicited) if self.session.keys['TaggedBufferForSolicitedDataOnly'] else 0
        self.read_burst(task, plan, have, length, begins)

    def read_burst(self, task, plan, at, length, begins):
        """One RDMA Read at a time, each an R2T's burst (MaxOutstandingR2T is 1)."""
        _, offset, size = plan.place
        if task.aborted:
            return
        if at == length:
            self.finish(task, plan, size)
            return
        burst = min(length - at, self.session.keys['MaxBurstLength'])
        self.rdma(e.IBV_WR_RDMA_READ, self.session.target.memory, offset + at, burst, task.write_tag, at - begins,
                  lambda: self.read_burst(task, plan, at + burst, length, begins))

    def finish(self, task, plan, size=0):
        if task.aborted or self.connection.closed:
            return
        self.active.pop(task.itt, None)
        data = b''
        if plan.sense:
            data = struct.pack('>H', len(plan.sense)) + plan.sense
            size = 0
        answer = wire.Pdu(wire.SCSI_RESPONSE, itt=task.itt, data=data)
        expected = task.expected if task.reads or task.writes else 0
        answer.byte3 = disk.CHECK if plan.sense else disk.GOOD
        if size > expected:
            answer.flags |= 0x04
            answer.put(44, size - expected)
        elif size < expected:
            answer.flags |= 0x02
            answer.put(44, expected - size)
        self.session.respond(answer)

    # ---- task management ----

    def abort(self, which):
        """Ends the tasks for which which(task) holds, without a word about them."""
        for task in [task for task in self.active.values() if which(task)]:
            task.aborted = True
            del self.active[task.itt]
            if task.collecting:
                self.abandoned.add(task.itt)

    def management(self, pdu):
        function = pdu.flags & 0x7f
        if not 1 <= function <= 8:
            self.session.reject(pdu, wire.REJECT_PROTOCOL)
            return
        answer = wire.Pdu(wire.TASK_RESPONSE, itt=pdu.itt)

        def act():
            answer.byte2 = self.manage(function, pdu)
            # No RDMA operation of an aborted task may follow the response.
            self.when_still(lambda: self.session.respond(answer))

        # RFC 7143 4.2.3.3: what is affected includes commands that are still to come.
        if function in FUNCTIONS_OF_MANY:
            self.session.when_received(pdu.word(24), act)
        else:
            act()

    def manage(self, function, pdu):
        """RFC 7143 11.5.1, 11.6.1: the response code."""
        if function in FUNCTIONS_OF_A_LUN and disk.lun_number(pdu.lun) != 0:
            return 2
        if function == 1:
            return self.abort_task(pdu)
        if function == 8:
            return 4
        if function in (3, 7):
            return 5
        self.abort(lambda task: function == 6 or task.lun == pdu.lun)
        if function in (5, 6):
            self.session.target.reset(function == 5, self.session)
        return 0

    def abort_task(self, pdu):
        tag, number = pdu.word(20), pdu.word(32)
        if tag in self.active:
            self.abort(lambda task: task.itt == tag)
            return 0
        session = self.session
        inside = not wire.greater(session.exp_cmd_sn, number) and not wire.greater(number, session.max_cmd_sn)
        if inside and wire.greater(pdu.word(24), number):
            # "Must consider the CmdSN received": the command never comes.
            session.held[number] = wire.Pdu(wire.NOP_OUT, immediate=True)
            return 0
        return 1
