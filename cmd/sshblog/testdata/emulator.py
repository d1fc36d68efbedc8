# A terminal that is not ours (pyte), at three widths. It reads one step a line, as
# columns, rows, the bytes that the session wrote and those of a whole frame, in
# hex, and says which steps leave other cells than the whole frame has.
import re, sys, unicodedata
import pyte
from wcwidth import wcwidth

OLD_WIDE = ((0x1100, 0x115f), (0x2e80, 0x303e), (0x3041, 0x4dbf), (0x4e00, 0xa4cf), (0xac00, 0xd7a3),
            (0xf900, 0xfaff), (0xfe30, 0xfe6f), (0xff00, 0xff60), (0xffe0, 0xffe6), (0x20000, 0x3fffd))

def unicode5(c):  # before there were emoji of two cells
    w = wcwidth(c)
    return 1 if w == 2 and not any(a <= ord(c) <= b for a, b in OLD_WIDE) else w

def east_asian(c):
    return 2 if unicodedata.east_asian_width(c) == "A" and wcwidth(c) == 1 else wcwidth(c)

pyte.screens.wcwidth = {"newest": wcwidth, "unicode5": unicode5, "east-asian": east_asian}[sys.argv[1]]

# Questions, which pyte would print: it knows neither DECRQM nor DCS.
QUESTIONS = re.compile(rb"\x1b\[\?[0-9;]*\$p|\x1bP[^\x1b]*\x1b\\")

class Screen(pyte.Screen):
    def draw(self, data):  # pyte's drops the rest of a text behind a mark of combining class 0
        for c in data:
            super().draw(c)

class Terminal:
    def __init__(self, columns, rows):
        self.screen = Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
    def feed(self, hexed):
        # pyte keeps the margins at a DECSTBM without parameters, which resets them.
        out = bytes.fromhex(hexed).replace(b"\x1b[r", b"\x1b[1;%dr" % self.screen.lines)
        self.stream.feed(QUESTIONS.sub(b"", out))
    def cells(self):
        s = self.screen
        return [[s.buffer[y][x] for x in range(s.columns)] for y in range(s.lines)]

session, wrong = None, 0
for step, line in enumerate(sys.stdin):
    columns, rows, wrote, whole = line.rstrip("\n").split(" ")
    size = int(columns), int(rows)
    if session is None:
        session = Terminal(*size)
    elif (session.screen.columns, session.screen.lines) != size:
        session.screen.resize(size[1], size[0])
    session.feed(wrote)
    if pyte.modes.DECAWM not in session.screen.mode:
        print("step %d leaves autowrap off" % step)
    fresh = Terminal(*size)
    fresh.feed(whole)
    got, want = session.cells(), fresh.cells()
    if got != want:
        wrong += 1
        y = next(y for y in range(size[1]) if got[y] != want[y])
        print("step %d, row %d:\n got  %r\n want %r\n wrote %r" % (step, y, "".join(c.data for c in got[y]), "".join(c.data for c in want[y]), bytes.fromhex(wrote)))
print("%d of %d steps went wrong" % (wrong, step + 1))
