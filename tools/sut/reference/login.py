# SPDX-License-Identifier: BSD-2-Clause
"""The target's side of the Login Phase (RFC 7143 6.3, 11.12, 11.13; RFC 7145 5.1)."""

import keys
import wire

SECURITY, OPERATIONAL, FULL_FEATURE = 0, 1, 3
INITIATOR_ERROR, AUTHENTICATION, NOT_FOUND, VERSION, TOO_MANY, MISSING, SESSION_TYPE, NO_SESSION, INVALID = \
    0x0200, 0x0201, 0x0203, 0x0205, 0x0206, 0x0207, 0x0209, 0x020a, 0x020b


class Refused(Exception):
    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class Login:
    """One login. The owner gives `target` (name, moup, fault) and sees `done` become True."""

    def __init__(self, target, stat_sn=1):
        self.target = target
        self.stat_sn = stat_sn
        self.keys = keys.TargetKeys(target.fault)
        self.first = None
        self.stage = None
        self.text = b''
        self.answered = set()
        self.rdma_asked = self.operational_begun = False
        self.done = False
        self.tsih = 0

    def request(self, pdu):
        """The answer to a Login Request, packed, and whether the connection ends behind it."""
        try:
            return self.serve(pdu), False
        except Refused as error:
            status, why = error.status, error
        except keys.NegotiationError as error:
            status, why = INITIATOR_ERROR, error
        self.target.log(f'login refused with {status:04x}: {why}')
        response = wire.Pdu(wire.LOGIN_RESPONSE, flags=0, lun=pdu.lun[:6] + b'\0\0', itt=pdu.itt)
        response.put(24, self.stat_sn).put(36, status << 16)
        return response.pack(), True

    def serve(self, pdu):
        transit, more = bool(pdu.flags & 0x80), bool(pdu.flags & 0x40)
        current, next_ = pdu.flags >> 2 & 3, pdu.flags & 3
        if pdu.opcode != wire.LOGIN_REQUEST:
            raise Refused(INVALID, f'opcode {pdu.opcode:#04x} in the Login Phase')
        if pdu.byte3 > 0:
            raise Refused(VERSION, f'Version-min {pdu.byte3}')
        identity = (pdu.lun, pdu.itt, pdu.word(20) >> 16)
        if self.first is None:
            self.first, self.stage = identity, current
            self.cmd_sn = pdu.word(24)
        elif identity != self.first:
            raise Refused(INITIATOR_ERROR, 'ISID, TSIH, ITT or CID changed')
        if current not in (SECURITY, OPERATIONAL) or current != self.stage:
            raise Refused(INITIATOR_ERROR, f'stage {current}, not {self.stage}')
        if transit and (next_ <= current or next_ == 2):
            raise Refused(INITIATOR_ERROR, f'from stage {current} to {next_}')
        if transit and more:
            raise Refused(INITIATOR_ERROR, 'T and C')
        self.text += pdu.data
        if len(self.text) > 65536:
            raise Refused(INITIATOR_ERROR, 'too much text')
        if more:
            return self.respond(pdu, 0x00 | current << 2, b'')
        pairs, self.text = keys.unpack(self.text), b''
        out = self.negotiate(pairs, current)
        flags = current << 2
        if transit:
            # Without the operational stage there is no RDMAExtensions, and no iSER.
            if next_ == FULL_FEATURE and current == SECURITY:
                next_ = OPERATIONAL
            flags |= 0x80 | next_
            self.stage = next_
        if transit and next_ == FULL_FEATURE:
            self.admit(pdu)
        return self.respond(pdu, flags, keys.pack(out))

    def negotiate(self, pairs, stage):
        names = [key for key, _ in pairs]
        leading = 'InitiatorName' not in self.keys.values
        out = self.keys.answers(pairs, stage == OPERATIONAL)
        if leading:
            self.check_names()
            out.append(('TargetPortalGroupTag', '1'))
        if stage == SECURITY and ('AuthMethod', 'Reject') in out:
            raise Refused(AUTHENTICATION, 'nothing but AuthMethod=None is known here')
        if stage == OPERATIONAL and not self.operational_begun:
            self.operational_begun = True
            self.rdma_asked = 'RDMAExtensions' in names
            if self.keys['RDMAExtensions']:
                # The first PDU of the stage in which it may stand; 6.7: it SHOULD be negotiated.
                out.append(('MaxOutstandingUnexpectedPDUs', str(self.target.moup)))
                # The provisioning of iSER's resources waits until here, behind authentication (5.1.2).
        elif 'RDMAExtensions' in names:
            raise Refused(INITIATOR_ERROR, 'RDMAExtensions is not in the first request of the operational stage')
        return out

    def check_names(self):
        values = self.keys.values
        if 'InitiatorName' not in values:
            raise Refused(MISSING, 'no InitiatorName')
        if values['SessionType'] == 'Discovery':
            raise Refused(SESSION_TYPE, 'discovery is not done over iSER (RFC 7145 5.1)')
        if 'TargetName' not in values:
            raise Refused(MISSING, 'no TargetName')
        if values['TargetName'] != self.target.name:
            raise Refused(NOT_FOUND, f'no target {values["TargetName"]}')

    def admit(self, pdu):
        if not self.keys['RDMAExtensions']:
            raise Refused(INITIATOR_ERROR, 'RDMAExtensions is not Yes, and there is nothing but iSER here')
        self.isid, tsih, self.cid = pdu.lun[:6], int.from_bytes(pdu.lun[6:], 'big'), pdu.word(20) >> 16
        self.tsih = self.target.admit(self, tsih)
        self.done = True

    def respond(self, pdu, flags, text):
        response = wire.Pdu(wire.LOGIN_RESPONSE, flags=flags, itt=pdu.itt, data=text)
        tsih = self.tsih or int.from_bytes(pdu.lun[6:], 'big')
        response.lun = pdu.lun[:6] + tsih.to_bytes(2, 'big')
        response.put(24, self.stat_sn, self.cmd_sn, self.cmd_sn + self.target.window - 1)
        self.stat_sn = (self.stat_sn + 1) & 0xffffffff
        return response.pack()
