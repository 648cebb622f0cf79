# SPDX-License-Identifier: BSD-2-Clause
"""What the initiator does with its session: nothing but serving it, or writing, reading and comparing."""

import struct

from commands import Command

BLOCK = 512
# One block is immediate data alone; others have Data-Outs too, RDMA Reads, and several bursts.
SIZES = (1, 24, 128, 1024)
FIRST_BLOCK = 64


class Workload:
    def __init__(self, initiator, busy):
        self.initiator, self.busy = initiator, busy

    def begin(self):
        if self.busy:
            self.prepare(iter((Command(bytes(6)), Command(struct.pack('>BBBBB', 0x12, 0, 0, 0, 96), read=96),
                               Command(bytes([0x25]), read=8))))

    def prepare(self, commands):
        command = next(commands, None)
        if not command:
            self.write(iter(SIZES))
            return
        # A unit attention is no reason to stop.
        command.done = lambda status, data: self.prepare(commands) if status is not None else self.trouble('no answer')
        self.initiator.commands.run(command)

    def write(self, sizes):
        size = next(sizes, None)
        if size is None:
            self.initiator.log('data compared')
            return
        data = bytes((size + i * 7 + (i >> 9)) & 0xff for i in range(size * BLOCK))

        def written(status, _):
            if status != 0:
                self.trouble(f'WRITE of {size} blocks: status {status}')
                return
            self.initiator.commands.run(Command(self.cdb(0x28, size), read=len(data), done=compare))

        def compare(status, found):
            if status != 0 or found != data:
                self.trouble(f'READ of {size} blocks: status {status}, {"other" if found != data else "the same"} data')
                return
            self.write(sizes)

        self.initiator.commands.run(Command(self.cdb(0x2a, size), write=data, done=written))

    @staticmethod
    def cdb(opcode, size):
        return struct.pack('>BBIBHB', opcode, 0, FIRST_BLOCK, 0, size, 0)

    def trouble(self, text):
        self.initiator.log(text)
