"""rows.py - what a measure has found, as lines for people and as JSON for programs."""
import json
from dataclasses import asdict, dataclass, field

HEAD = f"{'':58} {'':>12} {'of limit':>8} {'p50 ms':>8} {'p99 ms':>8}   goal"


@dataclass
class Row:
    """One figure. `ratio` is to its limit, measured in the same run; `spread` is how far the limit before and the limit after lie apart."""
    name: str                   # for programs: "login"
    what: str                   # for people
    value: float
    unit: str = "/s"
    ratio: float = None
    p50_ms: float = None
    p99_ms: float = None
    goal: str = ""
    reached: bool = None
    failed: int = 0
    spread: float = None
    campus: str = ""            # of which size, when there are two
    more: dict = field(default_factory=dict)

    def line(self):
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else "-"
        times = [f"{time:.2f}" if time is not None else "" for time in (self.p50_ms, self.p99_ms)]
        value = f"{self.value:,.0f}" if self.unit == "/s" else f"{self.value:,.{0 if self.value == int(self.value) else 2}f}"
        said = {True: "reached", False: "MISSED", None: ""}[self.reached]
        rest = [f"{self.goal} {said}".strip(), f"{self.failed} FAILED" if self.failed else "",
                f"limits {self.spread:.0%} apart" if self.spread is not None and self.spread > 0.1 else ""]
        unit = self.unit if self.unit == "/s" else " " + self.unit
        text = ", ".join(part for part in rest if part)
        return f"{self.what:58} {value + unit:>12} {ratio:>8} {times[0]:>8} {times[1]:>8}   {text}".rstrip()


class Sheet:
    """Prints rows as they come, and keeps them for the file."""

    def __init__(self, path):
        self.path, self.rows = path, []
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")

    def add(self, row):
        self.rows.append(row)
        print(row.line(), flush=True)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")


def ratio_of(value, limit):
    """None: a limit of nothing, on a machine that did not come to it."""
    return value / limit if limit else None


def row_of(name, what, figure, limit=None, **more):
    """A figure of a load generator as a row, beside its limit."""
    return Row(name, what, figure["rate"], p50_ms=figure["p50_ms"], p99_ms=figure["p99_ms"], failed=figure["failed"],
               ratio=ratio_of(figure["rate"], limit["rate"]) if limit else None, spread=limit.get("spread") if limit else None, **more)


def beside(limit, figure):
    """The limit before and after, and what is measured between: a machine whose speed changes shows itself."""
    before, found, after = limit(), figure(), limit()
    mean = {name: (before[name] + after[name]) / 2 for name in ("rate", "p50_ms", "p99_ms")}
    mean["failed"] = before["failed"] + after["failed"]
    mean["spread"] = ratio_of(abs(before["rate"] - after["rate"]), mean["rate"])
    return mean, found
