#!/usr/bin/env python3
"""Makes the pictures of the README from the real program.

    make pictures            # builds golive and installs what this needs, then runs it
    assets/pictures.py PROGRAM FOLDER [--png]

Starts `golive demo` in a pseudo-terminal, presses the keys that a person would press, reads the screen with
a terminal emulator (pyte) and writes what stands there: one SVG for each screen and `demo.gif`, a
recording of the whole. `--png` writes PNG beside each SVG, for looking at them.
"""

import argparse
import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import termios
import time
from xml.sax.saxutils import escape

import pyte
from PIL import Image, ImageDraw, ImageFont

COLUMNS, ROWS = 120, 36
CELL, LINE, PAD = 9, 19, 14
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf"
BACK, TEXT = "#16181d", "#d4d7dd"
COLOURS = {
    "black": "#2b2f38", "red": "#f0716b", "green": "#7fc77a", "brown": "#e0b45c", "yellow": "#e0b45c",
    "blue": "#6ea8f0", "magenta": "#c58af0", "cyan": "#5cc4cc", "white": "#d4d7dd",
    "brightblack": "#7d8593", "brightred": "#ff8f88", "brightgreen": "#9be39a", "brightbrown": "#f5cf7a",
    "brightyellow": "#f5cf7a", "brightblue": "#8fc0ff", "brightmagenta": "#dba8ff",
    "brightcyan": "#7fe3ea", "brightwhite": "#ffffff",
}
# The first sixteen of the 256 colours are the terminal owner's own: pyte gives them their oldest values.
OWN = dict(zip(
    ("000000", "cd0000", "00cd00", "cdcd00", "0000ee", "cd00cd", "00cdcd", "e5e5e5",
     "7f7f7f", "ff0000", "00ff00", "ffff00", "5c5cff", "ff00ff", "00ffff", "ffffff"),
    ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
     "brightblack", "brightred", "brightgreen", "brightyellow", "brightblue", "brightmagenta",
     "brightcyan", "brightwhite"),
))
# The longest that anything is waited for, in seconds.
PATIENCE = 60


class Session:
    """The program in a terminal of its own."""

    def __init__(self, argv, env):
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.frames = []
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def text(self):
        return "\n".join(self.screen.display)

    def read(self, seconds):
        """Takes in what is written for so long; says whether anything was."""
        end, any_ = time.monotonic() + seconds, False
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.fd], [], [], left)
            if not ready:
                break
            try:
                chunk = os.read(self.fd, 65536)
            except OSError:
                break
            if not chunk:
                break
            # The emulator has no answer to questions about the terminal; golive does without.
            self.stream.feed(chunk)
            any_ = True
        return any_

    def wait_for(self, *words):
        """Waits until one of the words stands on the screen."""
        end = time.monotonic() + PATIENCE
        while not any(word in self.text() for word in words):
            if time.monotonic() > end:
                raise SystemExit(f"{words} never appeared:\n{self.text()}")
            self.read(0.1)
        self.settle()

    def settle(self):
        """Waits until nothing has been written for a moment."""
        for _ in range(50):
            if not self.read(0.15):
                return

    def press(self, keys):
        os.write(self.fd, keys.encode())
        self.settle()

    def keep(self, seconds):
        """Keeps the screen as it is for the recording."""
        self.frames.append((cells(self.screen), seconds))

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            # A program that nobody reads from cannot end.
            self.read(0.05)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def colour(name, default):
    if name == "default":
        return default
    return COLOURS.get(OWN.get(name, name)) or f"#{name}"


def cells(screen):
    """The screen as rows of (text, foreground, background, bold, underlined, column)."""
    rows = []
    for y in range(ROWS):
        runs = []
        for x in range(COLUMNS):
            cell = screen.buffer[y][x]
            fg, bg = colour(cell.fg, TEXT), colour(cell.bg, BACK)
            if cell.reverse:
                fg, bg = bg, fg
            style = (fg, bg, cell.bold, cell.underscore)
            if cell.data == "":
                continue
            if runs and runs[-1][1:5] == style:
                runs[-1] = (runs[-1][0] + cell.data, *style, runs[-1][5])
            else:
                runs.append((cell.data, *style, x))
        rows.append(runs)
    return rows


def svg(rows, title):
    """The rows as SVG. Every run is as wide as its cells, whatever the font."""
    width, height = COLUMNS * CELL + 2 * PAD, ROWS * LINE + 2 * PAD
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACK}"/>',
        '<g font-family="ui-monospace,Menlo,Consolas,\'DejaVu Sans Mono\',monospace" font-size="15" '
        'xml:space="preserve">',
    ]
    for y, runs in enumerate(rows):
        for text, fg, bg, bold, underlined, x in runs:
            left, top, wide = PAD + x * CELL, PAD + y * LINE, len(text) * CELL
            if bg != BACK:
                out.append(f'<rect x="{left}" y="{top}" width="{wide}" height="{LINE}" fill="{bg}"/>')
            if not text.strip():
                continue
            lead = len(text) - len(text.lstrip())
            text = text.strip()
            left, wide = left + lead * CELL, len(text) * CELL
            extra = ' font-weight="bold"' if bold else ""
            extra += ' text-decoration="underline"' if underlined else ""
            out.append(
                f'<text x="{left}" y="{top + 14}" fill="{fg}" textLength="{wide}" '
                f'lengthAdjust="spacingAndGlyphs"{extra}>{escape(text)}</text>'
            )
    out.append("</g></svg>\n")
    return "\n".join(out)


def image(rows):
    """The rows as a picture of dots."""
    width, height = COLUMNS * CELL + 2 * PAD, ROWS * LINE + 2 * PAD
    picture = Image.new("RGB", (width, height), BACK)
    draw = ImageDraw.Draw(picture)
    fonts = {bold: ImageFont.truetype(FONT.format("-Bold" if bold else ""), 15) for bold in (False, True)}
    for y, runs in enumerate(rows):
        for text, fg, bg, bold, underlined, x in runs:
            top = PAD + y * LINE
            if bg != BACK:
                draw.rectangle([PAD + x * CELL, top, PAD + (x + len(text)) * CELL - 1, top + LINE - 1], fill=bg)
            for n, letter in enumerate(text):
                if letter != " ":
                    draw.text((PAD + (x + n) * CELL, top + 1), letter, font=fonts[bold], fill=fg)
            if underlined:
                draw.line([PAD + x * CELL, top + 17, PAD + (x + len(text)) * CELL, top + 17], fill=fg)
    return picture


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the golive to show")
    parser.add_argument("folder", type=pathlib.Path, help="where the pictures go")
    parser.add_argument("--png", action="store_true", help="write PNG beside each SVG")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    env = {
        "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "TERM": "xterm-256color",
        "LANG": "C.UTF-8", "TZ": "UTC",
    }
    session = Session([os.path.abspath(args.program), "demo"], env)

    def shot(name, title, seconds=2.5):
        session.keep(seconds)
        rows = cells(session.screen)
        (args.folder / f"{name}.svg").write_text(svg(rows, title))
        if args.png:
            image(rows).save(args.folder / f"{name}.png")

    try:
        story(session, shot)
    finally:
        session.end()
    frames = [image(rows).quantize(64) for rows, _ in session.frames]
    frames[0].save(
        args.folder / "demo.gif", save_all=True, append_images=frames[1:], loop=0, optimize=True,
        duration=[int(seconds * 1000) for _, seconds in session.frames],
    )


def story(session, shot):
    """What a person does who sees golive for the first time."""
    session.wait_for("Cobalt Cycles")
    shot("portfolio", "All merchants: stage, progress, who is waited for, live checks, go-live")
    session.press("\r")
    session.wait_for("Go-live confirmation")
    shot("engagement", "One merchant: stages, items, and one item in full with its live check")
    session.press("b")
    shot("why", "What is open, and who it waits for")
    session.press("\x1b")
    session.press("4")
    shot("kickoff", "The kickoff, for a screen that many look at")
    session.press("5")
    shot("readiness", "Every live check with its last result")
    session.press("6")
    shot("validation", "The go/no-go board: what is proven, by what, how fresh")
    session.press("7")
    shot("history", "The signed log")
    session.press("3")
    shot("my-work", "What waits for my roles, everywhere")
    session.press("1")
    session.press("?")
    shot("help", "The keys, made from the keymap")


if __name__ == "__main__":
    main()
