#!/usr/bin/env python3
"""Evaluates the clinic library on the shared data and prints one table.

Usage: eval_clinic.py RUNNER DATA [--show] [--part sigs|prescriptions|notes|sections]
RUNNER is the program built from eval_clinic_run.c; DATA is a folder with sigs/, prescriptions/, notes/.
"""
import collections
import csv
import json
import re
import subprocess
import sys
from pathlib import Path


def run(runner, mode, records):
    joined = "\0".join(records).encode() + b"\0"
    out = subprocess.run([runner, mode], input=joined, stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = [line.split("\t", 1) for line in out.splitlines()]
    assert len(rows) == len(records), (len(rows), len(records))
    return [json.loads(text) for _, text in rows], [int(us) for us, _ in rows]


class Score:
    """Right and asked answers by field."""

    def __init__(self):
        self.right, self.all = collections.Counter(), collections.Counter()

    def add(self, field, ok):
        self.all[field] += 1
        self.right[field] += bool(ok)

    def rows(self, prefix):
        for field in sorted(self.all):
            yield prefix + field, self.right[field], self.all[field]

    def total(self):
        return sum(self.right.values()), sum(self.all.values())


# --- directions ------------------------------------------------------------------------------------------------------

TIME = {"second": "s", "minute": "min", "hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "a"}
UNIT = {"tab": "tablet", "cap": "capsule", "milliliter": "ml", "milligram": "mg", "iu": "iu", "u": "unit", "units": "unit",
        "tsp": "teaspoon", "tbsp": "tablespoon", "supp": "suppository", "tablets": "tablet", "spoonful": "spoonful", "mcg": "mcg", "ug": "mcg"}
EVENT = {"Before Meal": "AC", "After Meal": "PC", "Before Breakfast": "ACM", "Before Lunch": "ACD", "Before Dinner": "ACV",
         "After Breakfast": "PCM", "After Lunch": "PCD", "After Dinner": "PCV", "Before Sleep": "HS", "Early Morning": "MORN.early",
         "Breakfast": "CM", "Lunch": "CD", "Dinner": "CV", "Meal": "C", "Noon": "NOON", "Morning": "MORN", "Evening": "EVE", "Night": "NIGHT",
         "Afternoon": "AFT", "Wake": "WAKE", "Immediate": "STAT"}
GENERAL = {"ACM": "AC", "ACD": "AC", "ACV": "AC", "PCM": "PC", "PCD": "PC", "PCV": "PC", "CM": "C", "CD": "C", "CV": "C"}


def unit_name(text):
    if text is None:
        return None
    text = text.lower()
    return UNIT.get(text, text)


def amount(dosage):
    rate = (dosage.get("doseAndRate") or [{}])[0]
    if "doseQuantity" in rate:
        q = rate["doseQuantity"]
        return q["value"], q["value"], unit_name(q.get("unit"))
    if "doseRange" in rate:
        low, high = rate["doseRange"].get("low", {}), rate["doseRange"]["high"]
        return low.get("value", 0), high["value"], unit_name(high.get("unit"))
    return None, None, None


def repeat(dosage):
    return dosage.get("timing", {}).get("repeat", {})


def often(dosage):
    """(times, period, unit), also from named moments alone."""
    r = repeat(dosage)
    if "period" in r:
        return r.get("frequency", 1), r["period"], r["periodUnit"]
    when = r.get("when", [])
    if when or r.get("timeOfDay"):
        return sum(3 if w in ("C", "AC", "PC") else 1 for w in when) + len(r.get("timeOfDay", [])), 1, "d"
    return None


def bounds(dosage):
    r = repeat(dosage)
    if "boundsDuration" in r:
        return r["boundsDuration"]["value"], r["boundsDuration"]["value"], r["boundsDuration"]["code"]
    if "boundsRange" in r:
        b = r["boundsRange"]
        return b.get("low", {"value": 0})["value"], b["high"]["value"], b["high"]["code"]
    return None


def needed(dosage):
    return "asNeededBoolean" in dosage or "asNeededCodeableConcept" in dosage


def expect_parsigs(meaning, dosages, check):
    meanings = meaning if isinstance(meaning, list) else [meaning]
    check("steps", len(dosages) == len(meanings))
    for m, d in zip(meanings, dosages):
        low, high, unit = amount(d)
        check("dose", high == m["singleDosageAmount"])
        if m["form"] is not None:
            check("unit", unit == m["form"])
        if m["frequencyType"] is None:
            check("frequency", often(d) is None)
        else:
            check("frequency", often(d) == ((m["times"] or 1), m["interval"], TIME[m["frequencyType"].lower()]))
        want = None if m["periodType"] is None else (m["periodAmount"], m["periodAmount"], TIME[m["periodType"].lower()])
        check("duration", bounds(d) == want)
        check("as needed", needed(d) == m["takeAsNeeded"])


def expect_scotland(meaning, dosages, check):
    meanings = meaning if isinstance(meaning, list) else [meaning]
    for key, value in meanings[0].items():
        if key == "instructions":
            check("steps", len(dosages) == value)
        if key == "get_duration_info":
            low, high, unit = re.match(r"\(([\d.]+), ([\d.]+), \"(\w+)\"", value).groups()
            check("duration", len(dosages) == 1 and bounds(dosages[0]) == (float(low), float(high), TIME[unit.lower()]))
    if "dosageMin" not in meanings[0]:
        return
    if meanings[0]["dosageMin"] == 4:  # two doses added up: a convention of that parser alone
        return
    check("steps", len(dosages) == len(meanings))
    for m, d in zip(meanings, dosages):
        low, high, unit = amount(d)
        check("dose", (low, high) == (m["dosageMin"], m["dosageMax"]))
        if m["form"] is not None:
            check("unit", unit == unit_name(m["form"]))
        freq = often(d)
        if freq and "period" in repeat(d) and repeat(d).get("when"):
            freq = (max(freq[0], 1), freq[1], freq[2])
        check("frequency", freq is not None and freq[0] == m["frequencyMax"] and freq[2] == TIME[m["frequencyType"].lower()])
        if "durationType" in m:
            want = None if m["durationType"] is None else (m["durationMin"], m["durationMax"], TIME[m["durationType"].lower()])
            check("duration", bounds(d) == want)
        check("as needed", needed(d) == m["asRequired"])


def ez_repeat(text):
    fields = {}
    for key in ("frequency", "period", "periodMax", "count"):
        m = re.search(r"\b%s: ([\d.]+)" % key, text)
        if m:
            fields[key] = float(m.group(1))
    m = re.search(r'periodUnit: "(\w+)"', text)
    if m:
        fields["periodUnit"] = m.group(1)
    m = re.search(r"boundsDuration: \{ value: ([\d.]+), code: \"(\w+)\"", text)
    if m:
        fields["bounds"] = (float(m.group(1)), float(m.group(1)), m.group(2))
    for key in ("dayOfWeek", "timeOfDay"):
        m = re.search(key + r": \[([^\]]*)\]", text)
        if m:
            fields[key] = re.findall(r'"([^"]+)"', m.group(1))
    return fields


def ez_when(items):
    codes = []
    for item in items:
        codes += [EVENT[x] for x in re.findall(r'EventTiming\["([^"]+)"', item)]
        codes += [EVENT[x] for x in re.findall(r"EventTiming\.(\w+)", item)]
        codes += re.findall(r'^"([A-Z]+)"$', item)
    return codes


def expect_ez(sig, meaning, dosages, check):
    if not dosages:
        dosages = [{}]
    first = dosages[0]
    low, high, unit = amount(first)
    if "dose" in meaning and re.search(r"\d", sig):
        if "doses" in meaning:
            check("dose", sorted(amount(d)[1] or 0 for d in dosages) == sorted(float(x) for x in meaning["doses"]))
        else:
            check("dose", high == meaning["dose"])
    if "unit" in meaning and unit is not None:
        check("unit", unit == unit_name(meaning["unit"]))
    if "repeat" in meaning:
        want, have = ez_repeat(meaning["repeat"]), repeat(first)
        if "period" in want:
            freq = often(first)
            for d in dosages:  # several steps: the truth gives one of them
                if often(d) and often(d)[1:] == (want["period"], want.get("periodUnit")) and often(d)[0] == want.get("frequency", often(d)[0]):
                    freq, have = often(d), repeat(d)
                    break
            ok = freq is not None and freq[1:] == (want["period"], want.get("periodUnit"))
            ok = ok and freq[0] == want.get("frequency", freq[0]) and have.get("periodMax", 0) == want.get("periodMax", 0)
            check("frequency", ok)
        if "count" in want:
            check("count", have.get("count") == want["count"])
        if "bounds" in want:
            check("duration", bounds(first) == want["bounds"])
        if "dayOfWeek" in want:
            check("days", sorted(have.get("dayOfWeek", [])) == sorted(want["dayOfWeek"]))
        if "timeOfDay" in want:
            check("clock", any(repeat(d).get("timeOfDay") == want["timeOfDay"] for d in dosages))
    if "route" in meaning:
        display = first.get("route", {}).get("text")
        written = display is not None or re.search(r"po|route|iv|im|sc|td|pr|pv|eye|nostril|vagin|rect|mouth", sig.lower())
        if written:
            check("route", display == meaning["route"])
    if "when" in meaning and not re.search(r"\d[x*]\d$", sig):
        have = [w for d in dosages for w in repeat(d).get("when", [])]
        if any("STAT" == d.get("timing", {}).get("code", {}).get("text") for d in dosages):
            have.append("STAT")
        general = [GENERAL.get(w, w) for w in have]
        pattern = re.match(r"\d+-\d+-\d+", sig)
        for code in ez_when(meaning["when"]):
            ok = code in have or GENERAL.get(code) in have or code in general
            if pattern and not ok:  # 1-0-1: named by meals there, by parts of the day here
                ok = {"CM": "MORN", "CD": "AFT", "CV": "NIGHT", "HS": "NIGHT"}.get(code) in have
            if not ok and code == "CM" and not have:
                continue  # that parser adds default meals to a bare frequency; nothing of the kind is written
            check("when", ok)
    if meaning.get("prn") == "true":
        check("as needed", any(needed(d) for d in dosages))


def expect_fhir(sig, meaning, dosages, check):
    if not meaning or not dosages:
        return
    rate = (meaning.get("doseAndRate") or [{}])[0]
    want = repeat(meaning)
    first = dosages[0]
    low, high, unit = amount(first)
    if ("doseQuantity" in rate or "doseRange" in rate) and "0.25mg" not in sig and "m2" not in sig and "escalation" not in sig and "NS as" not in sig:
        check("dose", amount(meaning)[:2] == (low, high))
    if "period" in want and "escalation" not in sig and "NS as" not in sig and not want.get("boundsPeriod"):
        have = often(first)
        if "at once" not in sig:
            check("frequency", have is not None and have[1:] == (want["period"], want["periodUnit"]) and have[0] == want.get("frequency", 1))
    if "boundsDuration" in want:
        check("duration", bounds(first) == (want["boundsDuration"]["value"],) * 2 + (want["boundsDuration"]["code"],))
    if meaning.get("asNeededBoolean") or "asNeededCodeableConcept" in meaning:
        check("as needed", needed(first))


def evaluate_sigs(runner, data, show):
    with open(data / "sigs" / "sigs.tsv", encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    outs, _ = run(runner, "sig", [r["sig"] for r in rows])
    score, by_source, dangerous, understood = Score(), collections.defaultdict(Score), [], 0
    for row, out in zip(rows, outs):
        meaning, wrong = json.loads(row["meaning"]), []

        def check(field, ok):
            score.add(field, ok)
            by_source[row["source"].split()[0]].add("", ok)
            if not ok:
                wrong.append(field)

        understood += out["understood"]
        if "parsigs" in row["source"]:
            expect_parsigs(meaning, out["dosage"], check)
        elif "dose_instruction" in row["source"]:
            expect_scotland(meaning, out["dosage"], check)
        elif "ezmed" in row["source"]:
            expect_ez(row["sig"], meaning, out["dosage"], check)
        else:
            expect_fhir(row["sig"], meaning, out["dosage"], check)
        if out["understood"] and set(wrong) & {"dose", "frequency", "unit"}:
            dangerous.append((row["sig"], wrong))
        if show and (wrong or not out["understood"]):
            print(f"{row['sig']!r}\n    wrong: {wrong} want: {row['meaning'][:230]}\n    have: {out['text']} | {out['question']}")
    yield from score.rows("sig: ")
    for source, s in sorted(by_source.items()):
        yield ("sig: all fields, " + source,) + s.total()
    yield ("sig: all fields",) + score.total()
    yield "sig: understood without a question", understood, len(rows)
    yield "sig: wrong dose or frequency shown as understood", len(dangerous), len(rows)
    if show:
        for sig, wrong in dangerous:
            print("DANGEROUS", sig, wrong)


# --- pages -----------------------------------------------------------------------------------------------------------


def evaluate_prescriptions(runner, data, show):
    """The page's true text: what the finding of lines alone can do. Recognised pages are measured with the reader."""
    meta = json.load(open(data / "prescriptions" / "meta.json", encoding="utf-8"))
    texts = [(data / "prescriptions" / "images" / (m["id"] + ".txt")).read_text(encoding="utf-8") for m in meta]
    outs, _ = run(runner, "prescription", texts)
    score, extra, understood, lines = Score(), 0, 0, 0
    for m, out in zip(meta, outs):
        found = [line for line in out["lines"] if line["medicine"]]
        extra += max(0, len(found) - len(m["meds"]))
        for want, have in zip(m["meds"], found + [None] * len(m["meds"])):
            medicine = (have or {}).get("medicine") or {}
            lines += 1
            understood += bool(have and have["understood"])
            score.add("name", (medicine.get("name") or "").lower() == want["name"].lower())
            score.add("strength", (medicine.get("strength") or "").lower() == want["strength"].lower())
            if m["kind"] != "label":
                score.add("form", medicine.get("form") == want["form"])
            score.add("direction", bool(have and have["dosage"]))
            if show and not (have and have["understood"]):
                print("   ", want, "|", have and have["question"])
    yield from score.rows("prescription: ")
    yield "prescription: lines understood without a question", understood, lines
    yield "prescription: medicines that are not there", extra, lines


# --- notes -----------------------------------------------------------------------------------------------------------


def tokens(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def f1(same, have, want):
    return 0.0 if same == 0 else 2 * same / (have + want)


def rouge_n(have, want, n):
    a = collections.Counter(zip(*[have[i:] for i in range(n)]))
    b = collections.Counter(zip(*[want[i:] for i in range(n)]))
    return f1(sum((a & b).values()), sum(a.values()), sum(b.values()))


def rouge_l(have, want):
    row = [0] * (len(want) + 1)
    for x in have:
        before = 0
        for i, y in enumerate(want, 1):
            above = row[i]
            row[i] = before + 1 if x == y else max(row[i], row[i - 1])
            before = above
    return f1(row[-1], len(have), len(want))


def medicines(text, names):
    return {w for w in tokens(text) if w in names}


def evaluate_notes(runner, data, show):
    """ROUGE F1 (lower case, letters and digits, no stemming; L over the whole note), and what nobody had said."""
    names = set(re.findall(r'N\("([a-z]+)"\)', (Path(__file__).parent.parent / "src/clinic/medicine_names.def").read_text(encoding="utf-8")))
    names -= {"iron", "calcium", "potassium", "magnesium", "zinc", "folate", "steroids"}
    for part in ("train", "valid", "test1"):
        path = data / "notes" / "aci-bench" / (part + ".csv")
        if not path.exists():
            continue
        with open(path, encoding="utf-8") as f:
            visits = list(csv.DictReader(f))
        outs, took = run(runner, "note", [v["dialogue"] for v in visits])
        sums, bad_medicine, bad_number, want_medicine, have_medicine, discussed = [0, 0, 0], 0, 0, 0, 0, 0
        for visit, out in zip(visits, outs):
            have, want = tokens(out["text"]), tokens(visit["note"])
            sums[0] += rouge_n(have, want, 1)
            sums[1] += rouge_n(have, want, 2)
            sums[2] += rouge_l(have, want)
            spoken = set(tokens(visit["dialogue"]))
            bad_medicine += len(medicines(out["text"], names) - spoken)
            bad_number += len({w for w in have if w[0].isdigit()} - spoken)
            wanted = medicines(visit["note"], names) & spoken
            want_medicine += len(wanted)
            have_medicine += len(wanted & medicines(out["text"], names))
            discussed += sum(s["discussed"] for s in out["sections"])
        n = len(visits)
        for name, value in zip(("1", "2", "L"), sums):
            yield f"note {part}: ROUGE-{name} (F1, sum of visits)", round(value, 2), n
        yield f"note {part}: medicines recalled", have_medicine, want_medicine
        yield f"note {part}: medicines not said", bad_medicine, n
        yield f"note {part}: numbers not said", bad_number, n
        yield f"note {part}: longest time, ms of 100", round(max(took) / 1000, 2), 100


def evaluate_sections(runner, data, show):
    for part in ("Training", "Validation"):
        with open(data / "notes" / "mts-dialog" / f"MTS-Dialog-{part}Set.csv", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        outs, _ = run(runner, "section", [r["dialogue"] for r in rows])
        yield f"section {part.lower()}: header of 20", sum(o == r["section_header"] for o, r in zip(outs, rows)), len(rows)
        coarse = {"EXAM": "O", "LABS": "O", "IMAGING": "O", "ASSESSMENT": "A", "DIAGNOSIS": "A", "PLAN": "P", "DISPOSITION": "P", "EDCOURSE": "P", "PROCEDURES": "P"}
        yield f"section {part.lower()}: S, O, A or P", sum(coarse.get(o, "S") == coarse.get(r["section_header"], "S") for o, r in zip(outs, rows)), len(rows)


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    show = "--show" in sys.argv
    part = sys.argv[sys.argv.index("--part") + 1] if "--part" in sys.argv else None
    if part in args:
        args.remove(part)
    runner, data = args[0], Path(args[1])
    parts = {"sigs": evaluate_sigs, "prescriptions": evaluate_prescriptions, "notes": evaluate_notes, "sections": evaluate_sections}
    for name, function in parts.items():
        if part in (None, name):
            for label, right, total in function(runner, data, show):
                print(f"{label:60} {right:>6} / {total:<6} {100 * right / max(total, 1):6.1f} %")


if __name__ == "__main__":
    main()
