"""The data that golive and the floor are measured on: the same text for both, the same on every machine."""

import sqlite3
from pathlib import Path

# golive refuses a larger runbook.
RUNBOOK_LIMIT = 1_000_000

ROLES = ("developer", "business", "consultant")

HEADER = """schema = 1
id = "measured"
title = "A runbook to measure"
version = "1"
provider = "None"

[[roles]]
id = "developer"
name = "Developer"
side = "merchant"

[[roles]]
id = "business"
name = "Business"
side = "merchant"

[[roles]]
id = "consultant"
name = "Integration Consultant"
side = "provider"
lead = true

[[stages]]
id = "ready"
title = "Ready"
"""


def merchant(n):
    """The name of the nth engagement; one word, so that it can be found in what a program writes."""
    return f"Merchant-{n:05}"


def item_word(n):
    """The first word of the nth item's title."""
    return f"Check-{n:05}"


def runbook(path: Path, items: int):
    """A runbook of one stage, so that all of its items are in one list."""
    parts = [HEADER]
    for n in range(items):
        parts.append(
            f'\n[[stages.items]]\nid = "i{n:05}"\n'
            f'title = "{item_word(n)} of service {n % 97}"\nowner = "{ROLES[n % 3]}"\n'
        )
    text = "".join(parts)
    if len(text) > RUNBOOK_LIMIT:
        raise ValueError(f"{items} items make {len(text)} bytes, more than a runbook may have")
    path.write_text(text, encoding="ascii")


def floor_portfolio(path: Path, engagements: int):
    """The floor's portfolio: one row for each engagement, nothing to fold."""
    path.unlink(missing_ok=True)
    rows = (
        (n, merchant(n), f"{n % 6} of 6", ("Developer", "Business", "Consultant")[n % 3], f"2026-12-{n % 28 + 1:02}")
        for n in range(engagements)
    )
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE engagement"
            "(id INTEGER PRIMARY KEY, name TEXT, stage TEXT, waiting_on TEXT, target TEXT)"
        )
        db.executemany("INSERT INTO engagement VALUES (?, ?, ?, ?, ?)", rows)
    db.close()
