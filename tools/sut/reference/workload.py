# SPDX-License-Identifier: BSD-2-Clause
"""What the initiator does with its session: looks at the disk as any host does, and writes, reads and compares if it shall."""

import struct

from commands import Command

BLOCK = 512
# One block is immediate data alone; others have Data-Outs too, RDMA Reads, and several bursts.
SIZES = (1, 24, 128, 1024)
FIRST_BLOCK = 64
# So that there are commands while a case looks on, and an end.
ROUNDS, PAUSE_S = 50, 0.1


class Workload:
    def __init__(self, initiator, busy):
        self.initiator, self.busy = initiator, busy
        self.rounds = self.under_way = 0

    def begin(self):
        self.prepare(iter((Command(bytes(6)), Command(struct.pack('>BBBBB', 0x12, 0, 0, 0, 96), read=96),
                           Command(bytes([0x25]), read=8))))

    def prepare(self, commands):
        command = next(commands, None)
        if not command:
            if self.busy:
                self.round()
            return
        # A unit attention is no reason to stop.
        command.done = lambda status, data: self.prepare(commands)
        self.initiator.commands.run(command)

    def round(self):
        """All sizes at once, each at a place of its own."""
        if self.rounds == ROUNDS:
            self.initiator.log('data compared')
            return
        self.rounds += 1
        block = FIRST_BLOCK
        for size in SIZES:
            self.write(block, size)
            block += size

    def write(self, block, size):
        pattern = bytes((self.rounds + size + i) & 0xff for i in range(251))
        data = (pattern * (size * BLOCK // len(pattern) + 1))[:size * BLOCK]
        self.under_way += 1

        def written(status, _):
            if status != 0:
                self.ended(f'WRITE of {size} blocks: status {status}')
                return
            self.initiator.commands.run(Command(self.cdb(0x28, block, size), read=len(data), done=compare))

        def compare(status, found):
            if status != 0 or found != data:
                self.ended(f'READ of {size} blocks: status {status}, {"the same" if found == data else "other"} data')
                return
            self.ended()

        self.initiator.commands.run(Command(self.cdb(0x2a, block, size), write=data, done=written))

    def ended(self, trouble=''):
        if trouble:
            self.initiator.log(trouble)
        self.under_way -= 1
        if not self.under_way:
            self.initiator.loop.after(PAUSE_S, self.round)

    @staticmethod
    def cdb(opcode, block, size):
        return struct.pack('>BBIBHB', opcode, 0, block, 0, size, 0)
