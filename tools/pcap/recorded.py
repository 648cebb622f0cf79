# SPDX-License-Identifier: BSD-2-Clause
"""A capture that somebody else made of a run, and the run's event logs: the same messages, each once, in each direction."""

import collections
import json
import os
import struct

import wire


class Connection:
    """What each side said on the wire: [(bytes, whether the other side is known to have taken it)]."""

    def __init__(self):
        self.said = ([], [])
        self.numbers = set()


def on_the_wire(path):
    """Connections in their order, and the wire.Roce of the file."""
    found, _, reliable = wire.read_all(path, True)
    connections = {}
    for message in found:
        if isinstance(message, wire.Message):
            # Who speaks first is the initiator: an iSER connection begins with its login.
            mine = next((c for c in connections if c in (message.flow, message.flow[::-1])), message.flow)
            connection = connections.setdefault(mine, Connection())
            connection.said[message.flow != mine].append((message.data, message.arrived))
            if isinstance(mine[0], tuple):
                connection.numbers.add(mine[0][0])
    return list(connections.values()), reliable


def in_the_log(path, expected, by_audit=False):
    """The same of an event log; of what we sent and nobody acknowledged it is not known that it left. by_audit: it was made of a
    capture, and all in it has."""
    with open(path, encoding='utf-8') as log:
        want = expected(log)
        log.seek(0)
        target_under_test = any('"name":"connect"' in line for line in log)
    connections = {}
    for kind, ev, fate in want:
        if by_audit and kind == 'unsent':
            kind = ev['name']
        if ev['kind'] in ('post', 'recv') and kind.startswith('send'):
            by_initiator = (ev['kind'] == 'post') == target_under_test
            certain = ev['kind'] == 'recv' or fate not in ('', 'flushed')
            connections.setdefault(ev['conn'], Connection()).said[not by_initiator].append((bytes.fromhex(ev.get('bytes', '')), certain))
    return list(connections.values())


def align(ours, theirs):
    """(the same, of the log alone, of the wire alone, different): what is not certain may lack on the other side."""
    same, i, k = 0, 0, 0
    alone = [0, 0]
    while i < len(ours) or k < len(theirs):
        if i < len(ours) and k < len(theirs) and ours[i][0] == theirs[k][0]:
            same, i, k = same + 1, i + 1, k + 1
        elif k < len(theirs) and not theirs[k][1]:
            alone[1], k = alone[1] + 1, k + 1
        elif i < len(ours) and not ours[i][1]:
            alone[0], i = alone[0] + 1, i + 1
        else:
            return same, alone[0], alone[1], max(len(ours) - i, len(theirs) - k)
    return same, alone[0], alone[1], 0


def differs(a, b):
    return any(align(a.said[s], b.said[s])[3] for s in (0, 1))


def logs_of(folder):
    """The logs of a report, in the order in which they were made. A case that was run more than once has that of its last run."""
    with open(os.path.join(folder, 'journal.jsonl'), encoding='utf-8') as journal:
        ids = ['preflight'] + [entry['end'] for entry in map(json.loads, journal) if 'end' in entry]
    last = dict((name, at) for at, name in enumerate(ids))
    names = [name for at, name in enumerate(ids) if last[name] == at]
    paths = [os.path.join(folder, 'logs', name.replace('/', '.') + '.jsonl') for name in names]
    return [path for path in paths if os.path.exists(path)]


def compare(path, logs, expected):
    """Prints what differs and the sum. (Whether anything does, connections of the wire by log, the Roce)."""
    there, reliable = on_the_wire(path)
    sums, at, beside = collections.Counter(), 0, 0
    pairs = {}
    for log in logs:
        for number, connection in enumerate(in_the_log(log, expected)):
            # Whether the system lives is tried by sessions of their own, which are in no case's log.
            fits = next((k for k in range(at, len(there)) if not differs(connection, there[k])), None)
            k = at if fits is None else fits
            beside += k - at
            at = k + 1
            partner = there[k] if k < len(there) else Connection()
            pairs.setdefault(log, []).append(partner)
            for side, who in enumerate(('initiator', 'target')):
                same, mine, theirs, other = align(connection.said[side], partner.said[side])
                sums.update(same=same, mine=mine, theirs=theirs, other=other)
                if other:
                    print(f'{path}: {os.path.basename(log)}: connection {number + 1}, {who}: {len(connection.said[side])} messages in the '
                          f'log, {len(partner.said[side])} in the capture, the same but for {other}')
    beside += max(len(there) - at, 0)
    aside = ', '.join(f'{count} {what}' for what, count in reliable.aside.items())
    print(f'{path}: {len(there)} connections, {sum(map(len, pairs.values()))} of them in {len(pairs)} logs, {beside} in none: '
          f'{sums["same"]} messages the same, {sums["other"]} not; {sums["mine"]} of the log and {sums["theirs"]} of the capture were '
          f'never acknowledged and are there alone; packets: {aside}')
    return bool(sums['other']) or not sums['same'], pairs, reliable


def cut(path, pairs, reliable, folder):
    """A capture for each log, of the frames of its connections; their paths."""
    frames = list(wire.frames(path))
    paths = []
    for log, connections in pairs.items():
        numbers = set().union(*(connection.numbers for connection in connections))
        name = os.path.join(folder, os.path.basename(log).removesuffix('.jsonl') + '.pcap')
        with open(name, 'wb') as out:
            out.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
            for number, time, frame, _ in frames:
                if reliable.by_frame.get(number) in numbers:
                    out.write(struct.pack('<IIII', time // 10**9, time % 10**9, len(frame), len(frame)) + frame)
        paths.append(name)
    return paths
