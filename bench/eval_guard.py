"""The guard on the shared data: what it finds in drafts that say nothing new (false findings), and whether it finds planted errors.

Each planted error is one change in one row of a draft that our own engine made of a shared page or visit; it counts as found when a
finding lies in that row. The choice of places is seeded, so that two runs plant the same.

Every fourth visit and ACI-BENCH's validation part are kept apart: rules are designed on the others only. --show never shows anything of
those kept apart, so that nobody designs on them by accident; their figures are rows of their own.
"""
import csv
import json
import os.path
import random
import re

from eval_counts import medicines
from eval_table import Figure, share

SEED, EACH = 20261122, 150
HEADINGS = ("History of present illness", "Physical exam and results", "Assessment", "Plan", "Not discussed.")
OTHER_MEDICINES = ["Warfarin", "Digoxin", "Insulin", "Morphine", "Lithium", "Methotrexate", "Amiodarone", "Carbamazepine"]


def number_in(pattern, change):
    """Changes the first group of a place that fits `pattern`; None when it stays the same."""
    def plant(rng, row, names):
        places = list(re.finditer(pattern, row, re.I))
        if not places:
            return None
        m = rng.choice(places)
        new = change(rng, m.group(1))
        return None if new is None or new.lower() == m.group(1).lower() else row[:m.start(1)] + new + row[m.end(1):]
    return plant


def other_number(rng, old):
    value = float(old)
    choices = [v for v in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 15, 20, 21, 25, 30, 40, 50, 60, 75, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 650, 750, 800, 1000) if v != value]
    near = sorted(choices, key=lambda v: abs(v - value))[:8]
    return str(rng.choice(near))


def shifted(rng, old):
    value = float(old)
    return f"{value * 10:g}" if rng.random() < 0.5 else f"{value / 10:g}"


def swapped(rng, row, names):
    here = [n for n in names if re.search(r"\b%s\b" % re.escape(n), row, re.I)]
    if not here:
        return None
    old = rng.choice(here)
    others = [n for n in names if n.lower() != old.lower()] or OTHER_MEDICINES
    return re.sub(r"\b%s\b" % re.escape(old), rng.choice(others), row, count=1, flags=re.I)


def invented(rng, row, names):
    here = [n for n in names if re.search(r"\b%s\b" % re.escape(n), row, re.I)]
    known = {n.lower() for n in names}
    others = [n for n in OTHER_MEDICINES if n.lower() not in known]
    return re.sub(r"\b%s\b" % re.escape(rng.choice(here)), rng.choice(others), row, count=1, flags=re.I) if here and others else None


def words_for(pairs):
    def plant(rng, row, names):
        fits = [(a, b) for a, b in pairs if re.search(a, row, re.I)]
        if not fits:
            return None
        a, b = rng.choice(fits)
        return re.sub(a, b, row, count=1, flags=re.I)
    return plant


DOSE = r"(?<![\d.])(\d+(?:\.\d+)?) ?(?:mg|mcg|g|ml|milligrams?|micrograms?|units?)\b"
PLANTS = {
    "wrong dose": number_in(DOSE, other_number),
    "decimal point moved": number_in(DOSE, shifted),
    "units changed": number_in(r"\d ?(mg|mcg|g|ml|milligrams|micrograms)\b", lambda rng, u: {"mg": "mcg", "mcg": "mg", "g": "mg", "ml": "mg", "milligrams": "micrograms", "micrograms": "milligrams"}[u.lower()]),
    "medicine swapped with another of the text": swapped,
    "medicine that nobody named": invented,
    "number changed": number_in(r"(?<![\d./-])(\d+)(?![\d./-])", other_number),
    "how much changed": words_for([(r"\b1 (tablet|capsule|drop|puff|spoon)", r"2 \1s"), (r"\b2 (tablet|capsule|drop|puff|spoon)s?", r"3 \1s"), (r"\bhalf a tablet", "1 tablet")]),
    "how often changed": words_for([(r"\bonce (a day|daily|a week)", r"twice \1"), (r"\btwice (a day|daily|a week)", r"once \1"), (r"\b3 times a day", "4 times a day"), (r"\b4 times a day", "twice a day"), (r"\bevery (\d+) hours", "every 2 hours")]),
    "q.d. and q.i.d.": words_for([(r"\b(?:twice|3 times|4 times) a day", "q.d."), (r"\bonce a day", "q.i.d."), (r"\btwice a day", "qid")]),
    "duration changed": words_for([(r"\bfor (\d+) days", r"for \1 weeks"), (r"\bfor 5 days", "for 15 days"), (r"\bfor 7 days", "for 10 days"), (r"\bfor 14 days", "for 4 days"),
                                   (r"\bfor (?:three|two|four|five|six) (day|week|month|year)s", r"for eight \1s"), (r"\b(?:two|three|four) (day|week|month)s ago", r"nine \1s ago")]),
    "left and right": words_for([(r"\bleft\b(?= (?:\w+ )?(?:knee|hip|arm|leg|shoulder|ankle|foot|hand|ear|eye|side|wrist|elbow|breast|lung|chest|lower|upper|big|third|index|thumb))", "right"),
                                 (r"\bright\b(?= (?:\w+ )?(?:knee|hip|arm|leg|shoulder|ankle|foot|hand|ear|eye|side|wrist|elbow|breast|lung|chest|lower|upper|big|third|index|thumb))", "left")]),
    "negation dropped": words_for([(r"\bdenies any\b", "has"), (r"\bdenies\b", "reports"), (r"\bno (?=\w{4})", ""), (r"\b(does|did|is|was|has|have)(?:n't| not)\b", r"\1"), (r"\bwithout\b", "with"), (r"\bnever\b", "often")]),
    "negation added": words_for([(r"\b(The patient) (?:has|reports)\b(?! not| no)", r"\1 denies"), (r"\bhas been (?=\w{4})", "has not been "), (r"\bthere is (?=\w{4})(?!no)", "there is no ")]),
}

# The same in notes that doctors wrote of these visits, in words of their own: what a draft of an outside engine is like.
NOTE_PLANTS = {
    "negation dropped": words_for([(r"\bdenies\b", "reports"), (r"\bno (?=\w{4})", ""), (r"\b(does|did|is|was|has|have|had) not\b", r"\1"), (r"\bwithout\b", "with"), (r"\bnever\b", "often")]),
    "negation added": words_for([(r"\b(?:endorses|reports)\b(?! no)", "denies"), (r"\b(has been|has had|is experiencing)\b(?! (?:not|no))", r"\1 no"), (r"\bpositive for\b", "negative for"),
                                 (r"\bThere is (?=\w{4})(?!no)", "There is no ")]),
}
NEAR = 60  # bytes: rows of such notes are whole paragraphs


def draft_rows(draft):
    return [(i, row) for i, row in enumerate(draft.split("\n")) if row.strip() and row not in HEADINGS]


def planted(texts, drafts, names, kind, rng, plants=PLANTS):
    """(source, wrong draft, first byte and end of its row, row, wrong row, number of the text) of at most EACH places."""
    out, order = [], list(range(len(texts))) * 3
    rng.shuffle(order)
    for i in order:
        if len(out) == EACH:
            break
        rows = drafts[i].split("\n")
        places = draft_rows(drafts[i])
        rng.shuffle(places)
        here = sorted(medicines(drafts[i], names))
        for at, row in places:
            wrong = plants[kind](rng, row, here)
            if wrong is None or wrong == row or wrong.lower() in texts[i].lower():
                continue
            whole = rows[:at] + [wrong] + rows[at + 1:]
            first = len("\n".join(rows[:at]).encode()) + (at > 0)
            out.append((texts[i], "\n".join(whole), first, first + len(wrong.encode()), row, wrong, i))
            break
    return out


def read_data(data):
    """Texts of each kind, and of each whether it is kept apart."""
    meta = json.load(open(data / "prescriptions" / "meta.json", encoding="utf-8"))
    pages = [(data / "prescriptions" / "images" / (m["id"] + ".txt")).read_text(encoding="utf-8") for m in meta]
    visits, talks = [], []
    for part, kept in (("train", False), ("valid", True)):
        with open(data / "notes" / "aci-bench" / (part + ".csv"), encoding="utf-8") as f:
            visits += [(r["dialogue"], kept or i % 4 == 3) for i, r in enumerate(csv.DictReader(f))]
    for part, kept in (("Training", False), ("Validation", True)):
        with open(data / "notes" / "mts-dialog" / f"MTS-Dialog-{part}Set.csv", encoding="utf-8") as f:
            talks += [(r["dialogue"], kept or i % 4 == 3) for i, r in enumerate(csv.DictReader(f))]
    return [(p, False) for p in pages], visits, talks


def key_of(text):
    return text.replace(" ", "_").replace(".", "")


def false_findings(label, run, guard, texts, drafts, show):
    found, took = run(guard, [s + "\x01" + d for (s, _), d in zip(texts, drafts)])
    found = [[x for x in f if x["kind"] != "not_understood"] for f in found]  # those say so themselves
    for f, (_, kept), d in zip(found, texts, drafts):
        for x in f if show and not kept else []:
            print("FALSE", label, x["kind"], x["text"], "|", d.encode()[:x["at"]].decode().split("\n")[-1] + d.encode()[x["at"]:].decode().split("\n")[0])
    yield Figure(f"guard.{key_of(label)}.false", f"{label}: false findings in our own drafts", sum(map(len, found)), "", of=len(texts))
    kept = [f for f, (_, kept) in zip(found, texts) if kept]
    if kept:
        yield Figure(f"guard.{key_of(label)}.false.kept", f"{label} kept apart: false findings in our own drafts", sum(map(len, kept)), "", of=len(kept))
    yield Figure(f"guard.{key_of(label)}.ms", f"{label}: the longest", max(took) / 1000, "ms", target=100, of=len(texts))


def found_of(label, run, guard, texts, drafts, names, kind, show):
    """Figure of one kind of planted error, or nothing where there is no place for it."""
    plain = [text for text, _ in texts]
    cases = planted(plain, drafts, names, kind, random.Random(f"{SEED} {label} {kind}"))
    results, _ = run(guard, [c[0] + "\x01" + c[1] for c in cases]) if cases else ([], [])
    hits = [any(c[2] <= x["at"] < c[3] for x in found) for c, found in zip(cases, results)]
    for case, hit in zip(cases, hits):
        if show and not hit and not texts[case[6]][1]:
            print("MISSED", label, kind, "|", case[4], "|", case[5])
    if cases:
        yield share(f"guard.{key_of(label)}.{key_of(kind)}", f"{label}: {kind}: found", sum(hits), len(cases))


def doctors_notes(run, data):
    """Denials in the notes of ACI-BENCH against their visits. What these notes know from elsewhere is found as well: that is no error."""
    pairs = []
    for part in ("train", "valid"):
        with open(data / "notes" / "aci-bench" / (part + ".csv"), encoding="utf-8") as f:
            pairs += [(r["dialogue"], r["note"]) for r in csv.DictReader(f)]
    texts, notes = [p[0] for p in pairs], [p[1] for p in pairs]
    found, _ = run("guard", [s + "\x01" + n for s, n in pairs])
    yield Figure("guard.notes.negation", "notes by doctors: findings of denials", sum(x["kind"] == "negation" for f in found for x in f), "", of=len(pairs))
    for kind in NOTE_PLANTS:
        cases = planted(texts, notes, [], kind, random.Random(f"{SEED} notes {kind}"), NOTE_PLANTS)
        results, _ = run("guard", [c[0] + "\x01" + c[1] for c in cases])
        hits = 0
        for (_, _, first, _, row, wrong, _), f in zip(cases, results):
            at = first + len(os.path.commonprefix([row, wrong]).encode())
            hits += any(x["kind"] == "negation" and abs(x["at"] - at) < NEAR for x in f)
        yield share("guard.notes." + key_of(kind), f"notes by doctors: {kind}: found", hits, len(cases))


def as_heard(visit):
    """What a recogniser would have of it at best: words, and nothing that says who speaks or where a sentence ends."""
    text = re.sub(r"[.,?!;:\"]", " ", re.sub(r"^\[\w+\]", "", visit, flags=re.M)).lower().replace(" n't", "n't")
    return " ".join(text.split())


def evaluate(run, data, names, show):
    pages, visits, talks = read_data(data)
    heard = [(as_heard(text), kept) for text, kept in visits]
    for label, mode, guard, texts in (("pages", "prescription", "guard-page", pages), ("visits", "transcript", "guard", visits), ("visits as heard", "transcript", "guard", heard),
                                      ("talks", "transcript", "guard", talks)):
        drafts = [d["text"] for d in run(mode, [text for text, _ in texts])[0]]
        yield from false_findings(label, run, guard, texts, drafts, show)
        for kind in PLANTS if label != "talks" else []:
            yield from found_of(label, run, guard, texts, drafts, names, kind, show)
        kept = [(t, d) for t, d in zip(texts, drafts) if t[1]]
        for kind in PLANTS if label.startswith("visits") else []:
            yield from found_of(label + " kept apart", run, guard, [t for t, _ in kept], [d for _, d in kept], names, kind, False)
    yield from doctors_notes(run, data)
