# SPDX-License-Identifier: BSD-2-Clause
"""A second decoder of iSER messages, from RFC 7145 section 9 and the figures of RFC 7143 section 11: for tests alone."""

ISER_HEADER, BHS = 28, 48
CONTROL, HELLO, HELLO_REPLY = 1, 2, 3


def number(at, first, last):
    return int.from_bytes(at[first:last + 1], 'big')


# A field is its name, then its first and last byte in the BHS, or a byte and (mask, shift).
def word(name, first, last):
    return name, lambda b: number(b, first, last)


def bits(name, byte, mask):
    shift = (mask & -mask).bit_length() - 1
    return name, lambda b: (b[byte] & mask) >> shift


F = bits('F', 1, 0x80)
IMMEDIATE = bits('I', 0, 0x40)
ITT, TTT, LUN = word('ITT', 16, 19), word('TTT', 20, 23), word('LUN', 8, 15)
REQUEST = [word('CmdSN', 24, 27), word('ExpStatSN', 28, 31)]
ANSWER = [word('StatSN', 24, 27), word('ExpCmdSN', 28, 31), word('MaxCmdSN', 32, 35)]
ISID = word('ISID', 8, 13)
LOGIN = [bits('T', 1, 0x80), bits('C', 1, 0x40), bits('CSG', 1, 0x0c), bits('NSG', 1, 0x03), ISID, word('TSIH', 14, 15)]

# By opcode: the name, and the fields behind opcode and lengths. RFC 7143 11.3 to 11.20.
PDUS = {
    0x00: ('NOP-Out', [IMMEDIATE, LUN, ITT, TTT] + REQUEST),
    0x01: ('SCSI Command', [IMMEDIATE, F, bits('R', 1, 0x40), bits('W', 1, 0x20), bits('ATTR', 1, 0x07), LUN, ITT,
                            word('EDTL', 20, 23)] + REQUEST + [word('CDB', 32, 47)]),
    0x02: ('Task Management Request', [IMMEDIATE, bits('Function', 1, 0x7f), LUN, ITT, word('RefTaskTag', 20, 23)] + REQUEST +
           [word('RefCmdSN', 32, 35), word('ExpDataSN', 36, 39)]),
    0x03: ('Login Request', LOGIN + [word('VersionMax', 2, 2), word('VersionMin', 3, 3), ITT, word('CID', 20, 21)] + REQUEST),
    0x04: ('Text Request', [IMMEDIATE, F, bits('C', 1, 0x40), LUN, ITT, TTT] + REQUEST),
    0x05: ('Data-Out', [F, LUN, ITT, TTT, word('ExpStatSN', 28, 31), word('DataSN', 36, 39), word('BufferOffset', 40, 43)]),
    0x06: ('Logout Request', [IMMEDIATE, bits('Reason', 1, 0x7f), ITT, word('CID', 20, 21)] + REQUEST),
    0x10: ('SNACK', [bits('Type', 1, 0x0f), LUN, ITT, TTT, word('ExpStatSN', 28, 31), word('BegRun', 40, 43),
                     word('RunLength', 44, 47)]),
    0x20: ('NOP-In', [LUN, ITT, TTT] + ANSWER),
    0x21: ('SCSI Response', [bits('o', 1, 0x10), bits('u', 1, 0x08), bits('O', 1, 0x04), bits('U', 1, 0x02),
                             word('Response', 2, 2), word('Status', 3, 3), ITT, word('SNACKTag', 20, 23)] + ANSWER +
           [word('ExpDataSN', 36, 39), word('BidirectionalReadResidualCount', 40, 43), word('ResidualCount', 44, 47)]),
    0x22: ('Task Management Response', [word('Response', 2, 2), ITT] + ANSWER),
    0x23: ('Login Response', LOGIN + [word('VersionMax', 2, 2), word('VersionActive', 3, 3), ITT] + ANSWER +
           [word('StatusClass', 36, 36), word('StatusDetail', 37, 37)]),
    0x24: ('Text Response', [F, bits('C', 1, 0x40), LUN, ITT, TTT] + ANSWER),
    0x25: ('Data-In', [F, bits('A', 1, 0x40), bits('O', 1, 0x04), bits('U', 1, 0x02), bits('S', 1, 0x01), word('Status', 3, 3),
                       LUN, ITT, TTT] + ANSWER + [word('DataSN', 36, 39), word('BufferOffset', 40, 43),
                                                  word('ResidualCount', 44, 47)]),
    0x26: ('Logout Response', [word('Response', 2, 2), ITT] + ANSWER + [word('Time2Wait', 40, 41), word('Time2Retain', 42, 43)]),
    0x31: ('R2T', [LUN, ITT, TTT] + ANSWER + [word('R2TSN', 36, 39), word('BufferOffset', 40, 43),
                                              word('DesiredDataTransferLength', 44, 47)]),
    0x32: ('Async', [LUN] + ANSWER + [word('AsyncEvent', 36, 36), word('AsyncVCode', 37, 37), word('Parameter1', 38, 39),
                                      word('Parameter2', 40, 41), word('Parameter3', 42, 43)]),
    0x3f: ('Reject', [word('Reason', 2, 2)] + ANSWER),
}


def decode(message):
    """The fields of a message by name; None where it is too short for its headers or of an opcode that nobody assigned."""
    if len(message) < ISER_HEADER:
        return None
    kind = message[0] >> 4
    fields = {'iser_opcode': kind}
    if kind in (HELLO, HELLO_REPLY):
        if len(message) != ISER_HEADER:
            return None
        first = 'MaxVer', message[1] >> 4
        if kind == HELLO:
            fields.update([first, ('MinVer', message[1] & 15), ('iSER-IRD', number(message, 2, 3))])
        else:
            fields.update([first, ('CurVer', message[1] & 15), ('REJ', message[0] & 1), ('iSER-ORD', number(message, 2, 3))])
        return fields
    if kind != CONTROL or len(message) < ISER_HEADER + BHS:
        return None
    # Figure 3 of RFC 7145: the control-type PDU's header.
    fields.update(WSV=message[0] >> 3 & 1, RSV=message[0] >> 2 & 1, WriteSTag=number(message, 4, 7),
                  WriteBaseOffset=number(message, 8, 15), ReadSTag=number(message, 16, 19), ReadBaseOffset=number(message, 20, 27))
    bhs = message[ISER_HEADER:ISER_HEADER + BHS]
    fields.update(opcode=bhs[0] & 0x3f, TotalAHSLength=bhs[4], DataSegmentLength=number(bhs, 5, 7))
    if fields['opcode'] not in PDUS:
        return None
    for name, read in PDUS[fields['opcode']][1]:
        fields[name] = read(bhs)
    ends = ISER_HEADER + BHS + 4 * fields['TotalAHSLength'] + fields['DataSegmentLength']
    fields['whole'] = len(message) in (ends, (ends + 3) // 4 * 4)
    return fields
