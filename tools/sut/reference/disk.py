# SPDX-License-Identifier: BSD-2-Clause
"""A disk of 32 MiB in registered memory, and the SCSI commands that a conformance run needs."""

import struct

BLOCK = 512
BLOCKS = 32 << 20 >> 9
GOOD, CHECK = 0x00, 0x02
ILLEGAL_REQUEST, UNIT_ATTENTION, ABORTED = 0x05, 0x06, 0x0b
INVALID_OPCODE, INVALID_FIELD, OUT_OF_RANGE, NO_LUN = (0x20, 0), (0x24, 0), (0x21, 0), (0x25, 0)
INQUIRY, REPORT_LUNS, REQUEST_SENSE = 0x12, 0xa0, 0x03
SERIAL = b'iserspec-reference'


def sense(key, code):
    return struct.pack('>BBBIB4xBB4x', 0x70, 0, key, 0, 10, *code)


class Plan:
    """What a CDB is about to do: `data` to return, or `place` = (direction, offset, length) of the disk's memory, or `sense`."""

    def __init__(self, data=None, place=None, sense=None):
        self.data, self.place, self.sense = data, place, sense


def refuse(code):
    return Plan(sense=sense(ILLEGAL_REQUEST, code))


def lun_number(lun):
    """Of single-level peripheral or flat addressing; None for what we have none of."""
    if any(lun[2:]) or lun[0] >> 6 > 1:
        return None
    return struct.unpack('>H', lun[:2])[0] & 0x3fff


def extent(cdb):
    """(block, count) of a READ or WRITE."""
    if cdb[0] in (0x28, 0x2a):
        return struct.unpack('>I', cdb[2:6])[0], struct.unpack('>H', cdb[7:9])[0]
    if cdb[0] in (0xa8, 0xaa):
        return struct.unpack('>II', cdb[2:10])
    if cdb[0] in (0x88, 0x8a):
        return struct.unpack('>QI', cdb[2:14])
    return struct.unpack('>I', b'\0' + bytes([cdb[1] & 0x1f]) + cdb[2:4])[0], cdb[4] or 256


def inquiry(cdb, exists):
    qualifier = 0 if exists else 0x7f
    length = struct.unpack('>H', cdb[3:5])[0]
    if not cdb[1] & 1:
        if cdb[2]:
            return refuse(INVALID_FIELD)
        data = struct.pack('>BBBBBBBB8s16s4s', qualifier, 0, 5, 0x12, 31, 0, 0, 2, b'ISERSPEC', b'REFERENCE PEER  ', b'1   ')
    elif cdb[2] == 0:
        data = struct.pack('>BBH', qualifier, 0, 3) + bytes([0, 0x80, 0x83])
    elif cdb[2] == 0x80:
        data = struct.pack('>BBH', qualifier, 0x80, len(SERIAL)) + SERIAL
    elif cdb[2] == 0x83:
        name = b'ISERSPEC' + SERIAL
        data = struct.pack('>BBHBBBB', qualifier, 0x83, 4 + len(name), 2, 1, 0, len(name)) + name
    else:
        return refuse(INVALID_FIELD)
    return Plan(data=data[:length])


def mode_sense(cdb):
    if cdb[2] & 0x3f not in (0, 0x3f):
        return refuse(INVALID_FIELD)
    if cdb[0] == 0x1a:
        return Plan(data=bytes([3, 0, 0, 0])[:cdb[4]])
    return Plan(data=bytes([0, 6, 0, 0, 0, 0, 0, 0])[:struct.unpack('>H', cdb[7:9])[0]])


def plan(cdb, lun):
    """The Plan of a CDB of 16 bytes for `lun`, 8 bytes."""
    exists = lun_number(lun) == 0
    opcode = cdb[0]
    if opcode == INQUIRY:
        return inquiry(cdb, exists)
    if opcode == REPORT_LUNS:
        length = struct.unpack('>I', cdb[6:10])[0]
        if cdb[2] > 2:
            return refuse(INVALID_FIELD)
        return Plan(data=(struct.pack('>II', 8, 0) + bytes(8) if cdb[2] != 1 else bytes(8))[:length])
    if opcode == REQUEST_SENSE:
        return Plan(data=sense(0, (0, 0) if exists else NO_LUN)[:cdb[4]])
    if not exists:
        return refuse(NO_LUN)
    if opcode in (0x00, 0x35, 0x91):
        return Plan()
    if opcode == 0x25:
        return Plan(data=struct.pack('>II', BLOCKS - 1, BLOCK))
    if opcode == 0x9e and cdb[1] & 0x1f == 0x10:
        return Plan(data=(struct.pack('>QI', BLOCKS - 1, BLOCK) + bytes(20))[:struct.unpack('>I', cdb[10:14])[0]])
    if opcode in (0x1a, 0x5a):
        return mode_sense(cdb)
    if opcode in (0x08, 0x28, 0xa8, 0x88, 0x0a, 0x2a, 0xaa, 0x8a):
        block, count = extent(cdb)
        if block + count > BLOCKS:
            return refuse(OUT_OF_RANGE)
        return Plan(place=('write' if opcode & 0x0f == 0x0a else 'read', block * BLOCK, count * BLOCK))
    return refuse(INVALID_OPCODE)
