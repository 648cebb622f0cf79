# SPDX-License-Identifier: BSD-2-Clause
"""One thread, one selector: file descriptors that become readable, and timers."""

import heapq
import itertools
import selectors
import signal
import socket
import time


class Timer:
    """Handle of a timer; cancel() may be called at any time, also twice."""

    def __init__(self, call):
        self.call = call

    def cancel(self):
        self.call = None


class Loop:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.timers = []
        self.order = itertools.count()
        self.running = False

    def watch(self, fd, call):
        self.selector.register(fd, selectors.EVENT_READ, call)

    def forget(self, fd):
        self.selector.unregister(fd)

    def after(self, seconds, call):
        timer = Timer(call)
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.order), timer))
        return timer

    def on_signal(self, number, call):
        """call() from the loop when the signal has come, which a handler alone could not: it would interrupt anything."""
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(theirs.fileno())
        self.kept = (ours, theirs)

        def arrived():
            ours.recv(16)
            call()

        self.watch(ours.fileno(), arrived)

    def stop(self):
        self.running = False

    def run(self):
        self.running = True
        while self.running:
            timeout = None
            if self.timers:
                timeout = max(0, self.timers[0][0] - time.monotonic())
            for key, _ in self.selector.select(timeout):
                # What an earlier callback of this round has forgotten is no longer ours to read.
                if key.fd in self.selector.get_map():
                    key.data()
            while self.running and self.timers and self.timers[0][0] <= time.monotonic():
                timer = heapq.heappop(self.timers)[2]
                if timer.call:
                    timer.call()
