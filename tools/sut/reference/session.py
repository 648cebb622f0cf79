# SPDX-License-Identifier: BSD-2-Clause
"""A target's session in full feature phase: the Hello exchange, numbers, flow control, and PDUs that are no SCSI commands."""

import keys
import tasks
import wire

# RFC 7145 5.1.3: where no Hello is due, nothing unexpected before the initiator's first PDU or this time.
QUIET_S = 1
# For an initiator that declares no limit.
UNLIMITED = 8


class Session:
    def __init__(self, target, connection, login):
        self.target, self.connection, self.fault = target, connection, target.fault
        self.keys, self.tsih, self.cid = login.keys, login.tsih, login.cid
        self.who = (login.keys['InitiatorName'], login.isid)
        self.hello_key = login.keys.hello_key
        self.first = True  # no message yet in full feature phase
        self.hello_done = False
        self.stat_sn = login.stat_sn
        self.exp_cmd_sn, self.max_cmd_sn = login.cmd_sn, (login.cmd_sn + target.window - 1) & 0xffffffff
        self.held = {}
        self.numbered = None  # the numbered PDU in hand
        self.awaited = []  # what waits for lower CmdSNs
        self.unexpected = []  # [StatSN, TTT or None] of what is outstanding, in order
        self.next_ttt = 1
        self.tasks = tasks.Tasks(self)
        self.texts = {}
        self.logged_out = False
        self.timer = None

    # ---- beginning and end ----

    def begin(self):
        if self.fault == 'reply-unasked' and not self.hello_key:
            self.connection.send(wire.hello_reply(self.connection.depth))
        if self.fault == 'reply-not-first' and self.hello_key:
            self.ping(QUIET_S)
        elif not self.hello_key:
            self.idle(QUIET_S)

    def idle(self, seconds=None):
        """Begins the wait for the next keepalive anew."""
        if self.timer:
            self.timer.cancel()
        self.timer = self.target.loop.after(seconds or self.target.keepalive, self.keepalive)

    def keepalive(self):
        if not self.connection.closed and not self.logged_out:
            self.ping()
            self.idle()

    def end(self, reason):
        self.logged_out = True
        self.connection.close(reason)
        self.ended()

    def ended(self):
        if self.timer:
            self.timer.cancel()
        if self.tasks.active and not self.logged_out:
            # RFC 7143 11.14.5: SOME COMMANDS CLEARED BY ISCSI PROTOCOL EVENT.
            self.target.attend(self.who, (0x47, 0x7f))
        self.tasks.abort(lambda task: True)
        if self.target.sessions.get(self.tsih) is self:
            del self.target.sessions[self.tsih]

    def abort_all(self):
        self.tasks.abort(lambda task: True)

    # ---- messages ----

    def message(self, message):
        opcode = wire.opcode_of(message)
        first, self.first = self.first, False
        if opcode == wire.HELLO_REPLY:
            raise wire.FormatError('a HelloReply from an initiator')
        if opcode == wire.HELLO:
            self.hello(message, first)
            return
        if self.hello_key and not self.hello_done and self.fault != 'hello-not-awaited':
            raise wire.FormatError('a control-type PDU where Hello is due')
        pdu = wire.parse(message)
        if len(pdu.data) > self.keys['TargetRecvDataSegmentLength']:
            raise wire.FormatError(f'a data segment of {len(pdu.data)} bytes')
        self.idle()
        self.retire(pdu)
        self.order(pdu)

    def hello(self, message, first):
        if not first or self.hello_key is False:
            raise wire.FormatError('Hello where none may be')
        fault = self.fault
        if fault == 'hello-length-ignored':
            message = message[:wire.HEADER_BYTES].ljust(wire.HEADER_BYTES, b'\0')
        hello = wire.Hello(message)
        ord_ = min(self.connection.depth, hello.value)
        versions = hello.low <= wire.VERSION <= hello.high
        reject = not versions or (hello.value > 0 and ord_ == 0)
        if fault == 'versions-accepted' and not versions:
            reject = False
        if fault == 'reply-ord-high':
            ord_ = min(hello.value, 0xfffe) + 1
        if fault == 'reply-none':
            return
        reply = wire.hello_reply(
            ord_, reject, current=9 if fault == 'reply-wrong-version' else wire.VERSION,
            high=1 if fault == 'reply-wrong-max' else wire.VERSION,
            reserved=7 if fault == 'reply-reserved' else 0, tail=bytes(48) if fault == 'reply-long' else b'')
        if reject and fault != 'reject-stays':
            self.connection.send(reply, lambda: self.connection.close('the Hello is rejected'))
            return
        # RFC 7145 8.2: no more RDMA Reads at a time than were told.
        self.connection.depth = min(ord_, self.connection.depth)
        self.hello_done = True
        self.connection.send(reply)
        self.idle()

    def order(self, pdu):
        """Hands on immediate and unnumbered PDUs at once, others in the order of CmdSN (RFC 7143 4.2.2.1)."""
        if pdu.immediate or pdu.opcode in (wire.DATA_OUT, wire.SNACK):
            self.serve(pdu)
            return
        number = pdu.word(24)
        if wire.greater(self.exp_cmd_sn, number) or wire.greater(number, self.max_cmd_sn):
            return
        self.held.setdefault(number, pdu)
        while self.exp_cmd_sn in self.held and not self.connection.closed:
            pdu = self.numbered = self.held.pop(self.exp_cmd_sn)
            self.exp_cmd_sn = (self.exp_cmd_sn + 1) & 0xffffffff
            self.serve(pdu)
            self.numbered = None
            while self.awaited and not wire.greater(self.awaited[0][0], self.exp_cmd_sn):
                self.awaited.pop(0)[1]()

    def when_received(self, number, call):
        """call() when all that is numbered below `number` has come."""
        if wire.greater(number, self.exp_cmd_sn):
            self.awaited.append((number, call))
        else:
            call()

    def serve(self, pdu):
        if self.logged_out:
            return
        serve = {
            wire.NOP_OUT: self.nop_out, wire.SCSI_COMMAND: self.tasks.command, wire.DATA_OUT: self.tasks.data_out,
            wire.TASK_REQUEST: self.tasks.management, wire.TEXT_REQUEST: self.text, wire.LOGOUT_REQUEST: self.logout,
        }.get(pdu.opcode)
        if serve:
            serve(pdu)
        elif pdu.opcode in (0x1c, 0x1d, 0x1e):
            self.reject(pdu, wire.REJECT_COMMAND)
        else:
            # SNACK and Login Request by RFC 7145 7.3.9 and 7.3.11, others as reserved values (RFC 7143 11).
            self.reject(pdu, wire.REJECT_PROTOCOL)

    # ---- what is sent ----

    def respond(self, pdu, advance=True, done=None):
        """Sends a response with the numbers of this moment."""
        room = self.exp_cmd_sn + self.target.window - len(self.tasks.active) - 1
        if wire.greater(room & 0xffffffff, self.max_cmd_sn):
            self.max_cmd_sn = room & 0xffffffff
        pdu.put(24, self.stat_sn, self.exp_cmd_sn, self.max_cmd_sn)
        if advance:
            self.stat_sn = (self.stat_sn + 1) & 0xffffffff
        self.connection.send(pdu.pack(), done)

    def limit(self):
        return self.keys['MaxOutstandingUnexpectedPDUs'] or UNLIMITED

    def ping(self, _=None):
        if len(self.unexpected) >= self.limit() and self.fault != 'moup-exceeded':
            return
        self.unexpected.append([self.stat_sn, self.next_ttt])
        self.respond(wire.Pdu(wire.NOP_IN).put(20, self.next_ttt), advance=False)
        self.next_ttt = self.next_ttt % 0xfffffffe + 1

    def reject(self, pdu, reason):
        if pdu is self.numbered:
            # RFC 7143 7.3: it counts as not received.
            self.exp_cmd_sn = (self.exp_cmd_sn - 1) & 0xffffffff
        # RFC 7145 8.1.2: one below the limit is kept for a ping, and none is sent above it, whatever else asks for a Reject.
        # A Reject in place of a response is expected (8.1.1.1) and would not count; it is counted all the same, on the safe side.
        if len(self.unexpected) >= max(self.limit() - 1, 1):
            self.target.log(f'no Reject {reason:#04x} of opcode {pdu.opcode:#04x}: {len(self.unexpected)} PDUs are outstanding')
            return
        self.unexpected.append([self.stat_sn, None])
        answer = wire.Pdu(wire.REJECT, data=pdu.bhs[:wire.BHS_BYTES])
        answer.byte2 = reason
        self.target.log(f'Reject {reason:#04x} of opcode {pdu.opcode:#04x}')
        self.respond(answer)

    def retire(self, pdu):
        """RFC 7145 8.1.2 a to c."""
        expected = pdu.word(28)
        self.unexpected = [each for each in self.unexpected if not wire.greater(expected, each[0])]
        if pdu.opcode == wire.NOP_OUT and pdu.word(20) != wire.RESERVED_TAG:
            for each in [each for each in self.unexpected if each[1] == pdu.word(20)]:
                self.unexpected.remove(each)

    # ---- PDUs ----

    def nop_out(self, pdu):
        if pdu.itt == wire.RESERVED_TAG:
            if not pdu.immediate:
                self.reject(pdu, wire.REJECT_PROTOCOL)
            return
        if pdu.word(20) != wire.RESERVED_TAG:
            # An answer to a ping of ours asks for none.
            self.reject(pdu, wire.REJECT_FIELD)
            return
        if self.tasks.known(pdu.itt):
            self.reject(pdu, wire.REJECT_TASK)
            return
        data = pdu.data[:self.keys['InitiatorRecvDataSegmentLength']]
        self.respond(wire.Pdu(wire.NOP_IN, itt=pdu.itt, data=data).put(20, wire.RESERVED_TAG))

    def text(self, pdu):
        final, more = bool(pdu.flags & 0x80), bool(pdu.flags & 0x40)
        tag = pdu.word(20)
        if (final and more) or (tag != wire.RESERVED_TAG and tag != self.texts.get('tag')):
            self.reject(pdu, wire.REJECT_FIELD if not (final and more) else wire.REJECT_PROTOCOL)
            return
        if tag == wire.RESERVED_TAG:
            self.texts = {'tag': self.next_ttt, 'data': b''}
            self.next_ttt = self.next_ttt % 0xfffffffe + 1
        self.texts['data'] += pdu.data
        out = []
        if not more:
            try:
                pairs = keys.unpack(self.texts['data'])
            except keys.NegotiationError:
                self.reject(pdu, wire.REJECT_PROTOCOL)
                return
            self.texts['data'] = b''
            for key, value in pairs:
                if key == 'SendTargets' and value in ('', self.target.name):
                    out += [('TargetName', self.target.name),
                            ('TargetAddress', f'{self.target.address}:{self.target.port},1')]
                elif key in keys.DEFAULTS or key in ('SendTargets', 'iSERHelloRequired', 'HeaderDigest', 'DataDigest'):
                    out.append((key, 'Reject'))
                else:
                    out.append((key, 'NotUnderstood'))
        answer = wire.Pdu(wire.TEXT_RESPONSE, flags=0x80 if final else 0, itt=pdu.itt, data=keys.pack(out))
        answer.put(20, wire.RESERVED_TAG if final else self.texts['tag'])
        self.respond(answer)

    def logout(self, pdu):
        reason, cid = pdu.flags & 0x7f, pdu.word(20) >> 16
        if reason > 2:
            self.reject(pdu, wire.REJECT_PROTOCOL)
            return
        answer = wire.Pdu(wire.LOGOUT_RESPONSE, itt=pdu.itt)
        if reason == 2 or (reason == 1 and cid != self.cid):
            answer.byte2 = 2 if reason == 2 else 1
            self.respond(answer)
            return
        if self.tasks.active:
            self.target.attend(self.who, (0x47, 0x7f))
        self.tasks.abort(lambda task: True)
        self.logged_out = True
        self.tasks.when_still(lambda: self.respond(answer, done=lambda: self.connection.close('logged out')))
