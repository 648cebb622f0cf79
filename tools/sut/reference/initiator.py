# SPDX-License-Identifier: BSD-2-Clause
"""The initiator: one session, from the connection to the logout. Its exit status says how it ended."""

import signal
import struct

import faults
import keys
import rdma
import wire
from commands import Commands
from workload import Workload

MOUP = 8
# Commands at a time, and pings of ours whose answers may arrive at once.
COMMANDS, PINGS = 4, 8
IRD = 4
SEGMENT = 8192
AHS = 256
MESSAGE = wire.HEADER_BYTES + wire.BHS_BYTES + AHS + SEGMENT
LOGIN_BUFFERS = 1
BUFFERS = COMMANDS + PINGS + MOUP + 2  # and the responses to a Text Request and the Logout Request
OPERATIONAL, FULL_FEATURE = 1, 3
LOGIN_ROUNDS = 16
STAT_SN_GAP = 16


class Initiator:
    def __init__(self, loop, options):
        if options.fault and options.fault not in faults.INITIATOR:
            raise SystemExit(f'no fault {options.fault} of an initiator; there are: {" ".join(faults.INITIATOR)}')
        self.loop, self.options, self.fault = loop, options, options.fault
        self.status = 1
        self.phase = 'login'
        self.values = dict(keys.DEFAULTS)
        self.answers = {}
        self.text = b''
        self.asking = False  # a Text Request is not answered yet
        self.rounds = 0
        self.isid = b'\x80\x12\x34\x56\x00\x01'
        self.cmd_sn = self.exp_cmd_sn = self.max_cmd_sn = 1
        self.exp_stat_sn = 0
        self.next_itt = 1
        self.hello_wanted = options.hello == 'yes'
        self.immediate = []  # CmdSNs of immediate PDUs that are outstanding (8.1.1.3)
        self.retiring = None  # the CmdSN of what was sent to retire them, non-immediate
        self.pings = {}
        self.timer = None
        self.logout_itt = None
        self.connection, connect = rdma.connect(loop, options.address, options.port, LOGIN_BUFFERS + BUFFERS, IRD)
        self.connection.on_message, self.connection.on_closed = self.message, self.closed
        self.commands = Commands(self)
        self.workload = Workload(self, options.workload == 'io')
        # Before the target knows of us: the first message finds its buffer.
        connect(lambda: self.connection.provision(LOGIN_BUFFERS, MESSAGE))
        self.login()

    def log(self, text):
        print(text, flush=True)

    def fail(self, why):
        raise wire.FormatError(why)

    # ---- login ----

    def offer(self):
        options = self.options
        offered = [('InitiatorName', options.initiator_name), ('TargetName', options.target_name),
                   ('SessionType', 'Normal'), ('RDMAExtensions', 'Yes')]
        if self.hello_wanted:
            offered.append(('iSERHelloRequired', 'Yes'))
        offered += [('MaxOutstandingUnexpectedPDUs', str(MOUP)), ('TaggedBufferForSolicitedDataOnly', 'No'),
                    ('InitiatorRecvDataSegmentLength', str(SEGMENT)), ('TargetRecvDataSegmentLength', str(SEGMENT)),
                    ('HeaderDigest', 'None'), ('DataDigest', 'None'), ('InitialR2T', 'No'), ('ImmediateData', 'Yes'),
                    ('MaxBurstLength', '262144'), ('FirstBurstLength', '16384'), ('MaxOutstandingR2T', '1'),
                    ('ErrorRecoveryLevel', '0'), ('MaxConnections', '1'), ('DefaultTime2Wait', '2'),
                    ('DefaultTime2Retain', '0'), ('DataPDUInOrder', 'Yes'), ('DataSequenceInOrder', 'Yes')]
        return offered

    def login(self):
        self.offered = dict(self.offer())
        self.login_request(keys.pack(self.offer()))

    def login_request(self, text, transit=True):
        if self.rounds == LOGIN_ROUNDS:
            self.fail('the login does not end')
        self.rounds += 1
        if transit and self.rounds == 1 and self.fault not in ('buffers-late', 'buffers-few'):
            # RFC 7145 5.1.1: before the request that may turn out the last.
            self.connection.provision(BUFFERS, MESSAGE)
        elif transit and self.rounds == 1 and self.fault == 'buffers-few':
            self.connection.provision(COMMANDS + PINGS + 2 - MOUP + 1, MESSAGE)
        request = wire.Pdu(wire.LOGIN_REQUEST, 0x80 | OPERATIONAL << 2 | FULL_FEATURE if transit else OPERATIONAL << 2,
                           immediate=True, lun=self.isid + b'\0\0', itt=0, data=text)
        request.put(20, 0, self.cmd_sn, self.exp_stat_sn)
        self.connection.send(request.pack())

    def login_response(self, pdu):
        if pdu.opcode != wire.LOGIN_RESPONSE or pdu.itt != 0:
            self.fail(f'opcode {pdu.opcode:#04x} in the Login Phase')
        status = pdu.word(36) >> 16
        if status:
            self.fail(f'login refused with {status:04x}')
        transit, more, current, next_ = pdu.flags >> 7, pdu.flags >> 6 & 1, pdu.flags >> 2 & 3, pdu.flags & 3
        if current != OPERATIONAL or (transit and (more or next_ != FULL_FEATURE)) or pdu.byte2 or pdu.byte3:
            self.fail(f'a Login Response with flags {pdu.flags:#04x} and versions {pdu.byte2} {pdu.byte3}')
        if self.rounds == 1:
            self.exp_stat_sn = pdu.word(24)
        self.numbers(pdu, 1)
        self.text += pdu.data
        if more:
            self.login_request(b'', transit=False)
            return
        text, self.text = self.text, b''
        try:
            offers = self.take(keys.unpack(text))
        except (keys.NegotiationError, ValueError) as error:
            self.fail(f'login: {error}')
        if transit and offers:
            self.fail('keys that want an answer in the final Login Response')
        if not transit:
            self.login_request(keys.pack(offers))
            return
        if not self.values['RDMAExtensions']:
            self.fail('RDMAExtensions is not Yes')
        self.tsih = pdu.lun[6:]
        if self.tsih == b'\0\0':
            self.fail('TSIH 0 in the final Login Response')
        self.full_feature()

    def take(self, pairs):
        """Notes what the target answers and declares; the answers to what it proposes of its own."""
        out = []
        for key, value in pairs:
            if key in self.answers:
                raise keys.NegotiationError(f'{key} comes twice')
            self.answers[key] = value
            if key in ('TargetPortalGroupTag', 'TargetAlias', 'TargetAddress'):
                continue
            if key in ('MaxOutstandingUnexpectedPDUs', 'MaxAHSLength') and value not in keys.RESERVED_WORDS:
                self.values[key] = keys.number(value, 0, (1 << 32) - 1)
                if self.values[key] == 1:
                    raise keys.NegotiationError(f'{key}=1')
            elif key not in self.offered:
                out.append((key, 'NotUnderstood' if key not in keys.DEFAULTS else 'Reject'))
            elif value in keys.RESERVED_WORDS:
                if key == 'RDMAExtensions':
                    raise keys.NegotiationError(f'{key}={value}')
            else:
                self.agree(key, value)
        return out

    def agree(self, key, value):
        mine = self.offered[key]
        if key in keys.NUMBERS:
            low, high, _, function = keys.NUMBERS[key]
            found = keys.number(value, low, high)
            if function(found, int(mine)) != found:
                raise keys.NegotiationError(f'{key}={value} where {mine} was offered')
            self.values[key] = found
        elif key in keys.TRUTHS:
            found = keys.truth(value)
            if mine == ('No' if keys.TRUTHS[key][1] == 'and' else 'Yes') and value != mine:
                raise keys.NegotiationError(f'{key}={value} where {mine} was offered')
            self.values[key] = found
        elif key in ('HeaderDigest', 'DataDigest') and value != 'None':
            raise keys.NegotiationError(f'{key}={value} where None was offered')

    # ---- full feature phase ----

    def full_feature(self):
        # Declarative (6.10): what nobody answers holds. "No" and NotUnderstood are a target without it (5.1.3).
        agreed = self.hello_wanted and self.answers.get('iSERHelloRequired', 'Yes') == 'Yes'
        if self.fault == 'buffers-late':
            self.connection.repost = False
            self.loop.after(0.1, self.provision_late)
        if agreed and self.fault != 'hello-none':
            self.phase = 'hello'
            if self.fault == 'hello-second':
                self.ping()
            self.hello()
        else:
            if self.fault == 'hello-under-no':
                self.hello()
            self.begin()

    def provision_late(self):
        if not self.connection.closed:
            self.connection.repost = True
            self.connection.provision(BUFFERS, MESSAGE)

    def hello(self):
        version = 9 if self.fault == 'hello-wrong-version' else wire.VERSION
        self.connection.send(wire.hello(
            IRD * 4 if self.fault == 'ird-high' else IRD, version, version,
            reserved=15 if self.fault == 'hello-reserved' else 0, tail=bytes(48) if self.fault == 'hello-long' else b''))

    def hello_reply(self, message):
        if self.phase != 'hello':
            self.fail('a HelloReply that nobody asked for')
        if self.fault == 'reply-length-ignored':
            message = message[:wire.HEADER_BYTES].ljust(wire.HEADER_BYTES, b'\0')
        reply = wire.Hello(message)
        if reply.reject and self.fault != 'reject-ignored':
            self.fail('the target rejects the Hello')
        if (reply.low, reply.high) != (wire.VERSION, wire.VERSION) and self.fault != 'reply-version-ignored':
            self.fail(f'HelloReply with CurVer {reply.low}, MaxVer {reply.high}')
        if reply.value > IRD:
            self.fail(f'HelloReply with iSER-ORD {reply.value} for iSER-IRD {IRD}')
        if self.fault == 'hello-twice':
            self.hello()
        self.begin()

    def begin(self):
        self.phase = 'full'
        self.idle()
        self.workload.begin()

    def message(self, message):
        try:
            opcode = wire.opcode_of(message)
            if opcode == wire.HELLO_REPLY:
                self.hello_reply(message)
                return
            if opcode == wire.HELLO:
                self.fail('a Hello from a target')
            pdu = wire.parse(message)
            if self.phase == 'login':
                self.login_response(pdu)
                return
            if self.phase == 'hello':
                if self.fault != 'reply-not-awaited':
                    self.fail('a control-type PDU where the HelloReply is due')
                self.begin()
            if len(pdu.data) > self.values['InitiatorRecvDataSegmentLength']:
                self.fail(f'a data segment of {len(pdu.data)} bytes')
            self.serve(pdu)
        except wire.FormatError as error:
            self.connection.close(str(error))

    def serve(self, pdu):
        self.idle()
        serve = {
            wire.NOP_IN: self.nop_in, wire.SCSI_RESPONSE: self.commands.response, wire.ASYNC: self.async_message,
            wire.REJECT: self.rejected, wire.LOGOUT_RESPONSE: self.logged_out, wire.TEXT_RESPONSE: self.text_response,
        }.get(pdu.opcode)
        if not serve:
            self.fail(f'opcode {pdu.opcode:#04x} from a target')
        # A NOP-In of the target's own, and only that, does not use up its StatSN (RFC 7143 11.19.2).
        self.numbers(pdu, 0 if pdu.opcode == wire.NOP_IN and pdu.itt == wire.RESERVED_TAG else 1)
        serve(pdu)
        self.commands.flush()

    def numbers(self, pdu, advance):
        if advance:
            # One connection, in order, nothing lost: what is far off is a failed connection (RFC 7143 4.2.2.2).
            gap = (pdu.word(24) - self.exp_stat_sn) & 0xffffffff
            if STAT_SN_GAP < gap < (1 << 32) - STAT_SN_GAP:
                self.fail(f'StatSN {pdu.word(24):#x} where {self.exp_stat_sn:#x} is next')
            if gap <= STAT_SN_GAP:
                self.exp_stat_sn = (pdu.word(24) + 1) & 0xffffffff
        expected, most = pdu.word(28), pdu.word(32)
        # RFC 7143 4.2.2.1: a window that is no window is ignored.
        if wire.greater((expected - 1) & 0xffffffff, most):
            return
        if wire.greater(expected, self.exp_cmd_sn):
            self.exp_cmd_sn = expected
        if wire.greater(most, self.max_cmd_sn):
            self.max_cmd_sn = most
        if self.retiring is not None and wire.greater(self.exp_cmd_sn, self.retiring):
            self.immediate = [each for each in self.immediate if wire.greater(each, self.retiring)]
            self.retiring = None

    def send(self, pdu):
        """Sends a request with the numbers of this moment; one that is not immediate takes a CmdSN."""
        pdu.put(24, self.cmd_sn, self.exp_stat_sn)
        if not pdu.immediate:
            self.retiring = self.cmd_sn
            self.cmd_sn = (self.cmd_sn + 1) & 0xffffffff
        self.connection.send(pdu.pack())

    def room(self):
        """Whether the command window has a place."""
        return not wire.greater(self.cmd_sn, self.max_cmd_sn)

    def new_itt(self):
        self.next_itt = self.next_itt % 0xfffffffe + 1
        return self.next_itt

    # ---- pings ----

    def idle(self):
        if self.timer:
            self.timer.cancel()
        self.timer = self.loop.after(self.options.keepalive, self.keepalive)

    def keepalive(self):
        if self.connection.closed or self.phase != 'full':
            return
        if len(self.pings) < PINGS or self.fault == 'moup-exceeded':
            self.ping()
        self.idle()

    def ping(self):
        """An immediate ping; one that is not where as many are outstanding as the target takes, which also retires them."""
        limit = self.values['MaxOutstandingUnexpectedPDUs'] or PINGS
        immediate = len(self.immediate) < limit or self.fault == 'moup-exceeded'
        if not immediate and (self.retiring is not None or not self.room()):
            return
        ping = wire.Pdu(wire.NOP_OUT, immediate=immediate, itt=self.new_itt(), data=b'reference ping')
        self.pings[ping.itt] = ping.data
        if immediate:
            self.immediate.append(self.cmd_sn)
        self.send(ping.put(20, wire.RESERVED_TAG))

    def nop_in(self, pdu):
        if pdu.itt != wire.RESERVED_TAG:
            if pdu.itt not in self.pings:
                self.fail(f'a NOP-In for ITT {pdu.itt:#x}, which nobody uses')
            if self.pings.pop(pdu.itt) != pdu.data:
                self.log('a ping came back with other data')
        elif pdu.word(20) != wire.RESERVED_TAG:
            answer = wire.Pdu(wire.NOP_OUT, immediate=True, lun=pdu.lun)
            self.send(answer.put(20, pdu.word(20)))

    # ---- the rest ----

    def async_message(self, pdu):
        event = pdu.word(36) >> 24
        self.log(f'Async Message {event}')
        if event == 1:
            self.logout()
        elif event == 4 and not self.asking:
            self.asking = True
            self.send(wire.Pdu(wire.TEXT_REQUEST, itt=self.new_itt()).put(20, wire.RESERVED_TAG))

    def text_response(self, pdu):
        self.asking = not pdu.flags & 0x80
        if self.asking:
            self.send(wire.Pdu(wire.TEXT_REQUEST, itt=pdu.itt).put(20, pdu.word(20)))

    def rejected(self, pdu):
        self.log(f'Reject {pdu.byte2:#04x}')
        if len(pdu.data) < wire.BHS_BYTES:
            return
        itt, number = struct.unpack_from('>I', pdu.data, 16)[0], struct.unpack_from('>I', pdu.data, 24)[0]
        if not pdu.data[0] & 0x40 and pdu.data[0] & 0x3f not in (wire.DATA_OUT, wire.SNACK):
            self.plug(number)
        self.pings.pop(itt, None)
        self.commands.rejected(itt)
        if itt == self.logout_itt:
            self.fail('the logout was rejected')

    def plug(self, number):
        """RFC 7143 7.3: the CmdSN of a rejected command counts as not received, and must come before the session can go on."""
        if wire.greater(self.exp_cmd_sn, number) or self.phase != 'full':
            return
        ping = wire.Pdu(wire.NOP_OUT, itt=self.new_itt(), data=b'reference ping')
        self.pings[ping.itt] = ping.data
        ping.put(20, wire.RESERVED_TAG, number, self.exp_stat_sn)
        self.connection.send(ping.pack())

    def logout(self):
        if self.phase != 'full':
            self.connection.close('ended')
            return
        self.phase = 'logout'
        self.logout_itt = self.new_itt()
        # Immediate where the window is closed; reason 0, "close the session".
        self.send(wire.Pdu(wire.LOGOUT_REQUEST, immediate=not self.room(), itt=self.logout_itt))

    def logged_out(self, pdu):
        if pdu.itt != self.logout_itt:
            self.fail('a Logout Response that nobody asked for')
        self.status = 0 if not pdu.byte2 else 1
        self.phase = 'ended'
        # The target closes (RFC 7145 5.2.2); close() does it after a while.
        self.loop.after(rdma.CLOSE_S, lambda: self.connection.close('logged out'))

    def closed(self, reason):
        self.log(f'connection ended: {reason}')
        self.commands.drop()
        self.loop.stop()


def run(loop, options):
    """The exit status: 0 behind a logout, 1 otherwise."""
    try:
        initiator = Initiator(loop, options)
    except (ConnectionError, OSError) as error:
        print(f'no connection: {error}', flush=True)
        return 1
    loop.on_signal(signal.SIGTERM, initiator.logout)
    loop.run()
    return initiator.status
