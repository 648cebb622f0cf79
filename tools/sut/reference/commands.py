# SPDX-License-Identifier: BSD-2-Clause
"""An initiator's SCSI commands: STags from the command to its response (RFC 7145 7.3.1, 7.3.2, 8.3)."""

import struct

import pyverbs.enums as e
import wire

MOST = 4


class Command:
    def __init__(self, cdb, read=0, write=b'', done=None):
        """`read` bytes to receive, `write` to send; done(status, data) with the SCSI status, None when it was not done."""
        self.cdb, self.read, self.write, self.done = cdb.ljust(16, b'\0'), read, write, done
        self.memory = None


class Commands:
    def __init__(self, initiator):
        self.initiator = initiator
        self.active, self.waiting = {}, []

    def run(self, command):
        self.waiting.append(command)
        self.flush()

    def flush(self):
        while self.waiting and len(self.active) < MOST and self.initiator.room() and self.initiator.phase == 'full':
            self.issue(self.waiting.pop(0))

    def issue(self, command):
        initiator, values = self.initiator, self.initiator.values
        device = initiator.connection.device
        pdu = wire.Pdu(wire.SCSI_COMMAND, flags=0x81, itt=initiator.new_itt())
        size = command.read or len(command.write)
        pdu.put(20, size).put(32, *struct.unpack('>4I', command.cdb))
        rest = b''
        if command.read:
            pdu.flags |= 0x40
            command.memory = device.memory(size, e.IBV_ACCESS_REMOTE_WRITE)
            pdu.read = (command.memory.rkey, command.memory.buf)
        elif command.write:
            pdu.flags |= 0x20
            unsolicited = min(size, values['FirstBurstLength'])
            at = min(unsolicited, values['TargetRecvDataSegmentLength']) if values['ImmediateData'] else 0
            if values['InitialR2T']:
                unsolicited = at
            pdu.data, rest = command.write[:at], command.write[at:unsolicited]
            if rest:
                pdu.flags &= 0x7f
            if unsolicited < size:
                # The whole buffer: TaggedBufferForSolicitedDataOnly=No (6.9).
                command.memory = device.memory(size, e.IBV_ACCESS_REMOTE_READ)
                command.memory.write(command.write, size)
                pdu.write = (command.memory.rkey, command.memory.buf)
        self.active[pdu.itt] = command
        initiator.send(pdu)
        self.data_outs(pdu, rest)

    def data_outs(self, command, rest):
        """The unsolicited data behind the immediate; all but the last exactly of TargetRecvDataSegmentLength (7.3.1)."""
        segment, number, offset = self.initiator.values['TargetRecvDataSegmentLength'], 0, len(command.data)
        while rest:
            part, rest = rest[:segment], rest[segment:]
            pdu = wire.Pdu(wire.DATA_OUT, flags=0 if rest else 0x80, itt=command.itt, data=part)
            pdu.put(20, wire.RESERVED_TAG).put(28, self.initiator.exp_stat_sn).put(36, number, offset)
            self.initiator.connection.send(pdu.pack())
            number, offset = number + 1, offset + len(part)

    def response(self, pdu):
        command = self.active.pop(pdu.itt, None)
        if command is None:
            self.initiator.fail(f'a SCSI Response for ITT {pdu.itt:#x}, which nobody uses')
        status = pdu.byte3 if not pdu.byte2 else None
        data = b''
        if command.read:
            residual = pdu.word(44) if pdu.flags & 2 else 0
            data = command.memory.read(max(command.read - residual, 0), 0)
        self.invalidate(command)
        if command.done:
            command.done(status, data)

    def rejected(self, itt):
        command = self.active.pop(itt, None)
        if command:
            self.invalidate(command)
            if command.done:
                command.done(None, b'')

    def invalidate(self, command):
        """Before anybody hears of the command's end (7.3.2)."""
        if command.memory:
            command.memory.close()
            command.memory = None

    def drop(self):
        for command in self.active.values():
            self.invalidate(command)
        self.active.clear()
