"""One program in one pseudo-terminal, watched from outside.

A session is a new pty and a child that leads its own session on it. What the child writes is kept with the
time at which it arrived; nothing is looked at more closely while a clock runs. The questions that a real
terminal answers are answered, since a program may wait for the answer before it paints.
"""

import fcntl
import math
import os
import re
import select
import signal
import struct
import termios
import time

COLUMNS, ROWS = 200, 60

# A program has painted when it has been silent for this long ...
QUIET_MS = 50
# ... after more than this many bytes: set-up sequences alone are no frame.
FRAME_BYTES = 200
# Between two bursts that answer two keys there is more silence than this.
KEY_QUIET_MS = 40

ANSWERS = (
    (rb"\x1b\[6n", b"\x1b[1;1R"),  # where is the cursor
    (rb"\x1b\[0?c", b"\x1b[?62;22c"),  # what are you
    (rb"\x1b\[>0?c", b"\x1b[>0;10;1c"),  # which version
    (rb"\x1b\[\?u", b"\x1b[?0u"),  # the kitty keyboard protocol
    (rb"\x1b\]10;\?(?:\x07|\x1b\\)", b"\x1b]10;rgb:dddd/dddd/dddd\x1b\\"),  # foreground
    (rb"\x1b\]11;\?(?:\x07|\x1b\\)", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),  # background
)


def now():
    return time.perf_counter_ns()


def ms(ns):
    return ns / 1e6


def text_of(path):
    """A file of /proc; empty when the process has gone."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def tasks(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


class Session:
    def __init__(self, argv, env):
        self.master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        # The slave stays open here, so that the line settings can be read after the child has gone.
        self.found = termios.tcgetattr(self.slave)
        os.set_blocking(self.master, False)
        self.poll = select.poll()
        self.poll.register(self.master, select.POLLIN)
        self.chunks, self.size, self.unanswered = [], 0, b""
        self.status = None
        self.spent, self.woken = 0, {}
        clean = {"PATH": os.environ.get("PATH", ""), "TERM": "xterm-256color", "LANG": "C.UTF-8", **env}
        terminal = os.ttyname(self.slave)
        self.began = now()
        self.pid = os.posix_spawn(
            argv[0],
            argv,
            clean,
            setsid=True,  # so that opening the terminal makes it the controlling one
            setsigmask=[],
            setsigdef=[signal.SIGPIPE],
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
        )

    # -- output ---------------------------------------------------------------------------------------

    def read(self, wait_ms):
        """Waits for output; the time of its arrival, or None."""
        if not self.poll.poll(max(0, wait_ms)):
            return None
        arrived = None
        while True:
            try:
                chunk = os.read(self.master, 1 << 16)
            except (BlockingIOError, OSError):
                return arrived
            if not chunk:
                return arrived
            arrived = now()
            self.chunks.append((arrived, chunk))
            self.size += len(chunk)
            if b"\x1b" in chunk or self.unanswered:
                self.answer(chunk)
            if len(chunk) < 4095:  # a pty hands over at most that much at once
                return arrived

    def answer(self, chunk):
        data = self.unanswered + chunk
        for question, reply in ANSWERS:
            for _ in re.finditer(question, data):
                os.write(self.master, reply)
        # A question may be cut in two: keep what may be its beginning.
        start = data.rfind(b"\x1b")
        tail = data[start:] if start >= 0 else b""
        cut = len(tail) < 16 and re.fullmatch(rb"\x1b(\[[0-?]*|\][^\x07\x1b]*)?", tail)
        self.unanswered = tail if cut else b""

    def burst(self, quiet_ms, limit_ms, least=0, word=b""):
        """Reads until silence falls after more than `least` bytes with `word` among them.

        Gives the times of the first and the last chunk, or None when it took longer than `limit_ms`.
        """
        began, before, mark = now(), self.size, len(self.chunks)
        while ms(now() - began) < limit_ms:
            enough = self.size - before > least and (not word or word in self.output(mark))
            wait = 100.0
            if enough:
                wait = quiet_ms - ms(now() - self.chunks[-1][0])
                if wait <= 0:
                    return self.chunks[mark][0], self.chunks[-1][0]
            # poll waits whole milliseconds, and rounds down.
            if self.read(math.ceil(wait)) is None and not enough and not self.alive():
                break
        return None

    def output(self, since=0):
        return b"".join(chunk for _, chunk in self.chunks[since:])

    def drain(self, for_ms):
        end = now() + for_ms * 1e6
        while (left := ms(end - now())) > 0:
            self.read(math.ceil(left))

    def frame(self, word, limit_ms=30_000):
        """Waits for the first frame with its data; how long it took from the start, in ms, or None."""
        painted = self.burst(QUIET_MS, limit_ms, FRAME_BYTES, word)
        return ms(painted[1] - self.began) if painted else None

    def press(self, keys):
        os.write(self.master, keys)

    # -- the process ----------------------------------------------------------------------------------

    def alive(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def cpu_ms(self):
        """CPU time of all threads, those included that have ended: the clock of the process itself."""
        if self.alive():
            try:
                # What clock_getcpuclockid(3) makes of a process id.
                self.spent = time.clock_gettime_ns(~self.pid << 3 | 2)
            except OSError:
                pass
        return ms(self.spent)

    def wakeups(self):
        """How often any of the threads has waited for something and got it.

        A thread that has ended counts with what was seen of it last: Linux tells its sum to nobody.
        """
        for task in tasks(self.pid):
            status = text_of(f"/proc/{self.pid}/task/{task}/status")
            if m := re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M):
                self.woken[task] = int(m[1])
        return sum(self.woken.values())

    def peak_kb(self):
        m = re.search(r"^VmHWM:\s+(\d+)", text_of(f"/proc/{self.pid}/status"), re.M)
        return int(m[1]) if m else 0

    # -- the end --------------------------------------------------------------------------------------

    def end(self, keys=b"", sig=None, limit_ms=4_000):
        """Ends the program by keys or by a signal; tells how it left the terminal."""
        mark, began = len(self.chunks), now()
        if self.alive():
            if keys:
                self.press(keys)
            else:
                os.kill(self.pid, sig)
        while self.alive() and ms(now() - began) < limit_ms:
            self.read(2)
        took, by_itself = ms(now() - began), not self.alive()
        if not by_itself:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -signal.SIGKILL
        self.drain(20)
        everything, last_words = self.output(), self.output(mark)
        settings = termios.tcgetattr(self.slave)
        os.close(self.slave)
        os.close(self.master)

        def undone(set_by, undone_by):
            return set_by not in everything or undone_by in last_words

        return {
            "by_itself": by_itself,
            "code": self.status,
            "ms": round(took, 2),
            "settings": settings[:4] == self.found[:4],
            "screen": undone(b"\x1b[?1049h", b"\x1b[?1049l"),
            "cursor": undone(b"\x1b[?25l", b"\x1b[?25h"),
        }


def left_clean(end):
    return end["by_itself"] and end["settings"] and end["screen"] and end["cursor"]
