"""How busy the machine is with other things, and waiting until it is not."""

import os
import time

from session import now, ms, text_of

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


def busy_ms():
    """CPU time that all of the machine has spent on anything, in ms."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = (
        int(n) for n in text_of("/proc/stat").split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) * TICK_MS


class Patience:
    """Waits for a quiet machine before a run, but not for ever: there is one budget for all runs."""

    def __init__(self, seconds, share=0.12, look_s=0.3):
        self.left, self.share, self.look_s = seconds, share, look_s

    def wait(self):
        while True:
            busy, began = busy_ms(), now()
            time.sleep(self.look_s)
            taken = ms(now() - began)
            if (busy_ms() - busy) / taken / CORES < self.share or self.left <= 0:
                return
            self.left -= taken / 1000


class Noise:
    """The share of the machine that neither this program nor the one measured has used, in percent."""

    def __init__(self, session=None):
        self.session, self.began = session, now()
        self.before = self.foreign()

    def foreign(self):
        own = os.times()
        measured = self.session.cpu_ms() if self.session else 0
        return busy_ms() - (own.user + own.system) * 1000 - measured

    def percent(self):
        return max(0.0, 100 * (self.foreign() - self.before) / ms(now() - self.began) / CORES)
