# SPDX-License-Identifier: BSD-2-Clause
"""The target: who is connected, and what happens on a connection before full feature phase and in it."""

import sys

import disk
import faults
import rdma
import wire
from keys import NUMBERS
from login import NO_SESSION, TOO_MANY, Login, Refused
from session import Session

WINDOW = 16
MOUP = 8
# Pings of ours whose answers may arrive at once.
PINGS = 8
SEGMENT = 8192
AHS = 256
MESSAGE = wire.HEADER_BYTES + wire.BHS_BYTES + AHS + SEGMENT
LOGIN_BUFFERS = 4


class Target:
    def __init__(self, loop, options):
        if options.fault and options.fault not in faults.TARGET:
            raise SystemExit(f'no fault {options.fault} of a target; there are: {" ".join(faults.TARGET)}')
        self.loop, self.name, self.fault, self.keepalive = loop, options.target_name, options.fault, options.keepalive
        self.moup, self.window, self.address, self.port = MOUP, WINDOW, options.address, options.port
        self.sessions = {}
        self.last_tsih = 0
        # What an initiator is to be told with its next command: unit attentions by (name, ISID).
        self.attentions = {}
        # With the least that an initiator may want of TargetRecvDataSegmentLength, and the most that we want of FirstBurstLength.
        most = LOGIN_BUFFERS + self.buffers(NUMBERS['FirstBurstLength'][2] // NUMBERS['TargetRecvDataSegmentLength'][0])
        self.listener = rdma.Listener(loop, self.address, self.port, most, options.ord, lambda connection: Peer(self, connection))
        self.memory = self.listener.device.memory(disk.BLOCKS * disk.BLOCK)

    def buffers(self, data_outs):
        """Receive buffers of a connection in full feature phase (RFC 7145 8.1.1): the window's commands, each with
        `data_outs` unsolicited Data-Outs, the immediate PDUs that we declare, and the answers to our pings."""
        return WINDOW * (1 + data_outs) + MOUP + PINGS

    def log(self, text):
        print(text, flush=True)

    def admit(self, login, tsih):
        """The TSIH of a login that is about to end well; Refused otherwise. RFC 7143 6.3.1."""
        who = (login.keys['InitiatorName'], login.isid)
        old = next((each for each in self.sessions.values() if each.who == who), None)
        if tsih and (old is None or old.tsih != tsih):
            raise Refused(NO_SESSION, f'no session {tsih}')
        if tsih and old.cid != login.cid:
            raise Refused(TOO_MANY, 'one connection a session')
        if old:
            self.log('reinstated')
            old.end('reinstated')
        if not tsih:
            self.last_tsih = self.last_tsih % 0xffff + 1
            tsih = self.last_tsih
        return tsih

    def reset(self, lun_only, by):
        """Ends the tasks of all sessions; those of the session that asked are its own to end."""
        for session in list(self.sessions.values()):
            if session is not by:
                session.abort_all()
                self.attend(session.who, (0x29, 3 if lun_only else 2))

    def attend(self, who, code):
        waiting = self.attentions.setdefault(who, [])
        if code not in waiting:
            waiting.append(code)


class Peer:
    """A connection: first its login, then its session."""

    def __init__(self, target, connection):
        self.target, self.connection = target, connection
        self.login, self.session = Login(target), None
        connection.on_message, connection.on_closed = self.message, self.closed
        connection.provision(LOGIN_BUFFERS, MESSAGE)

    def message(self, message):
        try:
            if self.session:
                self.session.message(message)
            else:
                self.login_message(message)
        except wire.FormatError as error:
            self.connection.close(str(error))

    def login_message(self, message):
        if wire.opcode_of(message) != wire.CONTROL:
            raise wire.FormatError('no control-type PDU in the Login Phase')
        pdu = wire.parse(message)
        if self.login.first is None and pdu.opcode != wire.LOGIN_REQUEST:
            # RFC 7143 4.2.4: at once, without a Login Response.
            raise wire.FormatError(f'opcode {pdu.opcode:#04x} before any Login Request')
        answer, ends = self.login.request(pdu)
        if ends:
            self.connection.send(answer, lambda: self.connection.close('login refused'))
            return
        if not self.login.done:
            self.connection.send(answer)
            return
        fault = self.target.fault
        data_outs = 0
        if not self.login.keys['InitialR2T']:
            data_outs = -(-self.login.keys['FirstBurstLength'] // self.login.keys['TargetRecvDataSegmentLength'])
        buffers = self.target.buffers(data_outs)
        if fault == 'buffers-late':
            self.connection.repost = False
            self.target.loop.after(0.1, lambda: self.connection.closed or self.provision_late(buffers))
        elif fault == 'buffers-few':
            self.connection.provision(WINDOW - LOGIN_BUFFERS, MESSAGE)
        else:
            self.connection.provision(buffers, MESSAGE)
        # Each session's messages may follow at once, and its first message may come before our response is complete.
        self.session = Session(self.target, self.connection, self.login)
        self.target.sessions[self.session.tsih] = self.session
        self.connection.send(answer)
        self.session.begin()

    def provision_late(self, buffers):
        self.connection.repost = True
        self.connection.provision(buffers, MESSAGE)

    def closed(self, reason):
        self.target.log(f'connection ended: {reason}')
        self.target.listener.forget(self.connection)
        if self.session:
            self.session.ended()


def run(loop, options):
    Target(loop, options)
    print(f'listening on {options.address} port {options.port}' + (f', fault {options.fault}' if options.fault else ''), flush=True)
    loop.run()
    sys.exit(0)
