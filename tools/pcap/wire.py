# SPDX-License-Identifier: BSD-2-Clause
"""A second reader of pcapng files with RoCEv2 or iWARP in them, for tests alone: whole messages and RDMA operations, in their
order. From the drafts and specifications; it has nothing of the program that it checks."""

import struct
import zlib

RC_SENDS = {0: 'first', 1: 'middle', 2: 'last', 3: 'last', 4: 'only', 5: 'only', 22: 'last', 23: 'only'}
WRITES = {6: 'first', 7: 'middle', 8: 'last', 9: 'last', 10: 'only', 11: 'only'}
READ_REQUEST, UD_SEND = 12, 100
# Bytes of extension headers behind the BTH.
EXTENSIONS = {3: 4, 5: 4, 22: 4, 23: 4, 6: 16, 9: 4, 10: 16, 11: 20, 12: 16, 13: 4, 15: 4, 16: 4, 17: 4, 100: 8}


class WireError(Exception):
    """The file, or a frame in it, is not what it should be."""


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82f63b78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC32C = crc32c_table()


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


def frames(path):
    """(number, nanoseconds, bytes, comment) of each enhanced packet block."""
    with open(path, 'rb') as file:
        data = file.read()
    at, number = 0, 0
    if data[:4] in (b'\x4d\x3c\xb2\xa1', b'\xd4\xc3\xb2\xa1'):
        # As tcpdump writes it, with nano- or microseconds.
        unit, at = 1 if data[0] == 0x4d else 1000, 24
        while at + 16 <= len(data):
            seconds, part, captured, _ = struct.unpack_from('<IIII', data, at)
            number += 1
            yield number, seconds * 10**9 + part * unit, data[at + 16:at + 16 + captured], ''
            at += 16 + captured
        return
    while at < len(data):
        kind, size = struct.unpack_from('<II', data, at)
        if size < 12 or at + size > len(data) or struct.unpack_from('<I', data, at + size - 4)[0] != size:
            raise WireError(f'{path}: block at byte {at} has a wrong length')
        if kind == 6:
            _, high, low, captured, original = struct.unpack_from('<IIIII', data, at + 8)
            if captured != original:
                raise WireError(f'{path}: frame {number + 1} is cut')
            frame = data[at + 28:at + 28 + captured]
            option, comment = at + 28 + (captured + 3) // 4 * 4, ''
            while option + 4 <= at + size - 4:
                code, length = struct.unpack_from('<HH', data, option)
                if code == 1:
                    comment = data[option + 4:option + 4 + length].decode()
                option += 4 + (length + 3) // 4 * 4
            number += 1
            yield number, high << 32 | low, frame, comment
        at += size


def icrc(ip, udp_at):
    """IBTA A17.3.3: over what no router changes, the rest taken for ones."""
    masked = bytearray(ip)
    for i in (1, 8, 10, 11, udp_at + 6, udp_at + 7, udp_at + 12):
        masked[i] = 0xff
    return zlib.crc32(b'\xff' * 8 + bytes(masked))


class Message:
    """A message of a Send. frame: of its last packet; first: of its first; flow: whose it is, and whose answer it may be; arrived:
    whether the other side acknowledged it, where it does such things."""

    def __init__(self, kind, data, first, frame, key=None, flow=None, arrived=True):
        self.kind, self.data, self.first, self.frame, self.key, self.flow = kind, data, first, frame, key, flow
        self.arrived = arrived


class Operation:
    def __init__(self, kind, frame, key, addr, length):
        self.kind, self.first, self.frame, self.key, self.addr, self.length = kind, frame, frame, key, addr, length


class Receiver:
    """One direction of a reliable connection as IBTA 9.7.2 has it: what does not bear the next number is not taken."""

    def __init__(self, flow, expected=None, mtu=4096):
        self.flow, self.expected, self.mtu = flow, expected, mtu
        self.part, self.open = None, []

    def takes(self, psn, packets=1):
        if self.expected not in (None, psn):
            return False
        self.expected = (psn + packets) % 2**24
        return True

    def acknowledge(self, psn):
        while self.open and (psn - self.open[0][0]) % 2**24 < 2**23:
            self.open.pop(0)[1].arrived = True


class Roce:
    """The RoCEv2 connections of a file. by_frame: the connection, counted from 0, that a frame belongs to; aside: packets that came
    again or too early, and damaged ones."""

    def __init__(self, out):
        self.out, self.by_frame = out, {}
        self.aside = {'again or early': 0, 'damaged': 0}
        self.count, self.ids, self.asked, self.receivers, self.of_qp = 0, {}, {}, {}, {}

    def manage(self, number, source, to, mad):
        """IBTA 12.6, of the connection manager: who asks, who answers, and with which numbers the *other* side begins."""
        kind, body = mad[16:18], mad[24:]
        mine, theirs = (source, body[:4]), (to, body[4:8])
        if kind == b'\x00\x10' and mine not in self.ids:
            self.ids[mine] = self.count
            self.count += 1
            self.asked[mine] = body[32:35], int.from_bytes(body[44:47], 'big'), 128 << (body[50] >> 4)
        if kind == b'\x00\x13' and theirs in self.asked and mine not in self.ids:
            n = self.ids[mine] = self.ids[theirs]
            qp, first, mtu = self.asked[theirs]
            forth = (n, 'asking'), (n, 'asked')
            self.receivers[source, to, qp] = Receiver(forth[::-1], first, mtu)
            self.receivers[to, source, body[12:15]] = Receiver(forth, int.from_bytes(body[20:23], 'big'), mtu)
            # Acknowledgements bear the number of the queue pair of who is acknowledged.
            self.of_qp[source, to, qp] = self.receivers[to, source, body[12:15]]
            self.of_qp[to, source, body[12:15]] = self.receivers[source, to, qp]
        n = self.ids.get(mine, self.ids.get(theirs))
        if n is not None:
            self.by_frame[number] = n

    def take(self, number, ip, udp_at, recorded):
        payload, crc = ip[udp_at + 8:-4], ip[-4:]
        if icrc(ip[:-4], udp_at) != struct.unpack('<I', crc)[0]:
            if not recorded:
                raise WireError(f'frame {number}: wrong ICRC')
            self.aside['damaged'] += 1
            return
        opcode, pad, qp = payload[0], payload[1] >> 4 & 3, payload[5:8]
        psn = int.from_bytes(payload[9:12], 'big')
        head = 12 + EXTENSIONS.get(opcode, 0)
        body = payload[head:len(payload) - pad]
        source, to = ip[12:16], ip[16:20]
        if opcode == UD_SEND:
            self.manage(number, source, to, body)
            return
        receiver = self.receivers.setdefault((source, to, qp), Receiver((source, to, qp)))
        if isinstance(receiver.flow[0], tuple):
            self.by_frame[number] = receiver.flow[0][0]
        if 13 <= opcode <= 17:
            # An answer: all in front of it has arrived, and what it speaks of, unless it refuses that.
            if (source, to, qp) in self.of_qp:
                refuses = opcode == 17 and payload[12] & 0x60
                self.of_qp[source, to, qp].acknowledge((psn - bool(refuses) - (opcode != 17)) % 2**24)
            return
        length = struct.unpack_from('>I', payload, 24)[0] if opcode == READ_REQUEST else 0
        if not receiver.takes(psn, max(1, -(-length // receiver.mtu))):
            self.aside['again or early'] += 1
            return
        if opcode in RC_SENDS:
            place = RC_SENDS[opcode]
            if place in ('first', 'only'):
                receiver.part = [number, b'']
            if not receiver.part:
                return
            receiver.part[1] += body
            if place in ('last', 'only'):
                (first, data), receiver.part = receiver.part, None
                extra = int.from_bytes(payload[12:16], 'big')
                kind = 'send-inv' if opcode in (22, 23) else 'send-imm' if opcode in (3, 5) else 'send'
                self.out.append(Message(kind, data, first, number, extra if kind != 'send' else None, receiver.flow, False))
                receiver.open.append((psn, self.out[-1]))
        elif opcode in (6, 10, 11, READ_REQUEST):
            addr, key, length = struct.unpack_from('>QII', payload, 12)
            self.out.append(Operation('read' if opcode == READ_REQUEST else 'write', number, key, addr, length))


def iwarp(number, flow, segment, streams, out):
    state = streams.setdefault(flow, {'data': b'', 'started': False, 'part': None, 'first': number, 'writing': None})
    state['data'] += segment
    while True:
        data = state['data']
        if not state['started']:
            if len(data) < 20 or len(data) < 20 + int.from_bytes(data[18:20], 'big'):
                return
            if not data.startswith((b'MPA ID Req Frame', b'MPA ID Rep Frame')):
                raise WireError(f'frame {number}: no MPA frame')
            state['data'], state['started'] = data[20 + int.from_bytes(data[18:20], 'big'):], True
            # RFC 5044 7.1: CRCs are used where one of both asks for them.
            state['crc'] = bool(data[16] & 0x40) or (flow[::-1] in streams and streams[flow[::-1]].get('crc', False))
            if state['crc'] and flow[::-1] in streams:
                streams[flow[::-1]]['crc'] = True
            continue
        size = (2 + int.from_bytes(data[:2], 'big') + 3) // 4 * 4 if len(data) >= 2 else 0
        if not size or len(data) < size + 4:
            return
        if state['crc'] and crc32c(data[:size]) != struct.unpack_from('<I', data, size)[0]:
            raise WireError(f'frame {number}: wrong CRC of an FPDU')
        ulpdu, state['data'] = data[2:2 + int.from_bytes(data[:2], 'big')], data[size + 4:]
        tagged, last, opcode = ulpdu[0] & 0x80, ulpdu[0] & 0x40, ulpdu[1] & 15
        key = int.from_bytes(ulpdu[2:6], 'big')
        if tagged and opcode == 0:
            if not state['writing']:
                state['writing'] = Operation('write', number, key, int.from_bytes(ulpdu[6:14], 'big'), 0)
                out.append(state['writing'])
            state['writing'].length += len(ulpdu) - 14
            if last:
                state['writing'] = None
        elif opcode == 1:
            _, _, length, key, addr = struct.unpack('>IQIIQ', ulpdu[18:])
            out.append(Operation('read', number, key, addr, length))
        elif 3 <= opcode <= 6:
            first, part = state['part'] or (number, b'')
            state['part'] = first, part + ulpdu[18:]
            if last:
                first, part = state['part']
                state['part'] = None
                inv = opcode in (4, 6)
                out.append(Message('send-inv' if inv else 'send', part, first, number, key if inv else None, flow))


def read(path):
    """Messages and operations of a file that `iserspec pcap` made, in their order, and the comments by frame."""
    out, comments, _ = read_all(path, False)
    return out, comments


def read_all(path, recorded):
    """The same of any file; and the Roce of it. recorded: there may be frames of anything, and damaged ones."""
    out, streams, comments = [], {}, {}
    reliable = Roce(out)
    for number, _, frame, comment in frames(path):
        if comment:
            comments[number] = comment
        if frame[12:14] != b'\x08\x00':
            if recorded:
                continue
            raise WireError(f'{path}: frame {number} is no IPv4')
        ip = frame[14:14 + int.from_bytes(frame[16:18], 'big')]
        header = (ip[0] & 15) * 4
        if ip[9] == 17 and ip[header + 2:header + 4] == b'\x12\xb7':
            reliable.take(number, ip, header, recorded)
        elif ip[9] == 6:
            segment = ip[header + (ip[header + 12] >> 4) * 4:]
            if segment:
                iwarp(number, (ip[12:16] + ip[header:header + 2], ip[16:20] + ip[header + 2:header + 4]), segment, streams, out)
    return out, comments, reliable
