"""The one table of `make eval`, and its line in docs/evaluation-history.tsv."""
import datetime
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HISTORY = ROOT / "docs" / "evaluation-history.tsv"
COLUMNS = ("date", "version", "engines", "figures")


@dataclass
class Figure:
    key: str               # in the history: "wer.lj"
    what: str
    value: float
    unit: str = "%"
    target: float = None   # None: looked at, not demanded
    least: bool = False    # the target is the least, not the most
    of: int = None         # how many cases; None: not a count of any

    def reached(self):
        if self.target is None:
            return None
        return self.value >= self.target if self.least else self.value <= self.target


def share(key, what, right, total, **more):
    return Figure(key, what, 100 * right / max(1, total), of=total, **more)


def plain(number):
    """Three digits and no more; whole numbers stay whole."""
    if float(number).is_integer():
        return "%d" % number
    return "%.2f" % number if abs(number) < 10 else "%.1f" % number


def row(figure):
    of = "" if figure.of is None else "of %d" % figure.of
    target = "" if figure.target is None else ("≥ " if figure.least else "≤ ") + plain(figure.target)
    reached = {None: "", True: "yes", False: "NO"}[figure.reached()]
    return "  %-64s %8s %-9s %9s %9s  %s" % (figure.what, plain(figure.value), figure.unit, of, target, reached)


def put(sections, out=sys.stdout):
    """sections: (title, engine, figures). What was not measured says so."""
    print("  %-64s %8s %-9s %9s %9s  %s" % ("", "measured", "", "cases", "target", "reached"), file=out)
    for title, engine, figures in sections:
        print("%s: %s" % (title, engine), file=out)
        for figure in figures:
            print(row(figure), file=out)
        if not figures:
            print("  not measured: the data has nothing of the kind", file=out)
    missed = [f for _, _, figures in sections for f in figures if f.reached() is False]
    wanted = sum(f.target is not None for _, _, figures in sections for f in figures)
    print("%d of %d targets are reached" % (wanted - len(missed), wanted), file=out)


def version():
    ask = lambda *words: subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True).stdout.strip()
    commit = ask("rev-parse", "--short=12", "HEAD") or "unknown"
    return commit + ("+" if ask("status", "--porcelain", "--untracked-files=no") else "")


def history_line(sections, day, commit):
    engines = "; ".join(dict.fromkeys(engine for _, engine, figures in sections if figures))
    figures = " ".join("%s=%s" % (f.key, plain(f.value)) for _, _, figures in sections for f in figures)
    return "\t".join((day, commit, engines, figures)) + "\n"


def remember(sections, path=HISTORY):
    new = not path.exists()
    with open(path, "a", encoding="utf-8") as file:
        if new:
            file.write("\t".join(COLUMNS) + "\n")
        file.write(history_line(sections, datetime.date.today().isoformat(), version()))
