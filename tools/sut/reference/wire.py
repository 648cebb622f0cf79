# SPDX-License-Identifier: BSD-2-Clause
"""iSER headers (RFC 7145 section 9) and iSCSI PDUs (RFC 7143 section 11), as bytes."""

import struct

HEADER_BYTES = 28
BHS_BYTES = 48
CONTROL, HELLO, HELLO_REPLY = 1, 2, 3
# RFC 7145 9.3, 9.4: the version of the specification.
VERSION = 10
RESERVED_TAG = 0xffffffff

NOP_OUT, SCSI_COMMAND, TASK_REQUEST, LOGIN_REQUEST, TEXT_REQUEST, DATA_OUT, LOGOUT_REQUEST = 0, 1, 2, 3, 4, 5, 6
SNACK = 0x10
NOP_IN, SCSI_RESPONSE, TASK_RESPONSE, LOGIN_RESPONSE, TEXT_RESPONSE, DATA_IN, LOGOUT_RESPONSE = \
    0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26
R2T, ASYNC, REJECT = 0x31, 0x32, 0x3f

REJECT_PROTOCOL, REJECT_COMMAND, REJECT_TASK, REJECT_FIELD = 0x04, 0x05, 0x07, 0x09


class FormatError(Exception):
    """What RFC 7145 10.1.3.3 and 10.1.4.1 answer with the end of the connection."""


def greater(a, b):
    """a > b in serial number arithmetic of 32 bits (RFC 1982)."""
    return a != b and (a - b) & 0xffffffff < 0x80000000


def hello(ird, low=VERSION, high=VERSION, reserved=0, tail=b''):
    return struct.pack('>BBH24s', HELLO << 4 | reserved, high << 4 | low, ird, bytes([reserved]) * 24) + tail


def hello_reply(ord_, reject=False, current=VERSION, high=VERSION, reserved=0, tail=b''):
    return struct.pack('>BBH24s', HELLO_REPLY << 4 | reserved << 1 | reject, high << 4 | current, ord_,
                       bytes([reserved]) * 24) + tail


class Hello:
    """A Hello (low, high, value=iSER-IRD) or HelloReply (low=CurVer, high, value=iSER-ORD, reject)."""

    def __init__(self, message):
        if len(message) != HEADER_BYTES:
            raise FormatError(f'a Hello or HelloReply of {len(message)} bytes')
        flags, versions, self.value = struct.unpack_from('>BBH', message)
        self.reject = bool(flags & 1)
        self.high, self.low = versions >> 4, versions & 15


class Pdu:
    """An iSCSI PDU with its iSER header: fields that all have, and bytes 32 to 47 by word()."""

    def __init__(self, opcode, flags=0x80, immediate=False, lun=b'\0' * 8, itt=RESERVED_TAG, data=b''):
        self.opcode, self.flags, self.immediate, self.lun, self.itt, self.data = opcode, flags, immediate, lun, itt, data
        self.byte2 = self.byte3 = 0
        self.words = [0] * 7  # bytes 20 to 47
        self.write = self.read = None  # STag and Base Offset
        self.bhs = b''

    def word(self, offset):
        return self.words[(offset - 20) // 4]

    def put(self, offset, *values):
        for i, value in enumerate(values):
            self.words[(offset - 20) // 4 + i] = value & 0xffffffff
        return self

    def pack(self):
        flags = CONTROL << 4 | (8 if self.write else 0) | (4 if self.read else 0)
        header = struct.pack('>B3xIQIQ', flags, *(self.write or (0, 0)), *(self.read or (0, 0)))
        bhs = struct.pack('>BBBBI8sI7I', self.opcode | (0x40 if self.immediate else 0), self.flags, self.byte2, self.byte3,
                          len(self.data), self.lun, self.itt, *self.words)
        return header + bhs + self.data + bytes(-len(self.data) % 4)


def parse(message):
    """A Pdu; FormatError where lengths contradict each other."""
    if len(message) < HEADER_BYTES + BHS_BYTES:
        raise FormatError(f'a control-type PDU in {len(message)} bytes')
    flags, wstag, wbase, rstag, rbase = struct.unpack_from('>B3xIQIQ', message)
    opcode, bits, byte2, byte3, lengths, lun, itt, *words = struct.unpack_from('>BBBBI8sI7I', message, HEADER_BYTES)
    pdu = Pdu(opcode & 0x3f, bits, bool(opcode & 0x40), lun, itt)
    pdu.byte2, pdu.byte3, pdu.words = byte2, byte3, words
    pdu.write = (wstag, wbase) if flags & 8 else None
    pdu.read = (rstag, rbase) if flags & 4 else None
    start = HEADER_BYTES + BHS_BYTES + (lengths >> 24) * 4
    length = lengths & 0xffffff
    if len(message) != start + length + -length % 4:
        raise FormatError(f'a message of {len(message)} bytes whose PDU has {start + length}')
    pdu.bhs = message[HEADER_BYTES:start]
    pdu.data = message[start:start + length]
    return pdu


def opcode_of(message):
    """The iSER header's opcode; FormatError when there is no whole header or no such opcode."""
    if len(message) < HEADER_BYTES:
        raise FormatError(f'a message of {len(message)} bytes')
    if message[0] >> 4 not in (CONTROL, HELLO, HELLO_REPLY):
        raise FormatError(f'iSER opcode {message[0] >> 4}')
    return message[0] >> 4
