#!/usr/bin/env python3
"""How well the clinic library reads directions and pages and writes notes, on the shared data.

Usage: eval_clinic.py RUNNER DATA [--show] [--part sigs|indian|prescriptions|notes|sections|guard]
RUNNER is the program built from eval_clinic_run.c; DATA is a folder with sigs/, prescriptions/, notes/. --show: every miss.
"""
import collections
import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import eval_guard
from eval_counts import Score, medicines, rouge_l, rouge_n, tokens, unsupported_numbers
from eval_table import Figure, put, share

INDIAN = Path(__file__).resolve().parent.parent / "tests" / "unit" / "sigs_indian.tsv"


def run(runner, mode, records):
    joined = "\0".join(records).encode() + b"\0"
    out = subprocess.run([runner, mode], input=joined, stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = [line.split("\t", 1) for line in out.splitlines()]
    assert len(rows) == len(records), (len(rows), len(records))
    return [json.loads(text) for _, text in rows], [int(us) for us, _ in rows]


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
    for field in sorted(score.all):
        yield share("sig." + field.replace(" ", "_"), "field: " + field, score.right[field], score.all[field])
    for source, one in sorted(by_source.items()):
        yield share("sig.source." + source.split("/")[0], "all fields, " + source, *one.total())
    yield share("sig.all", "all fields right", *score.total(), target=95, least=True)
    yield share("sig.understood", "understood without a question", understood, len(rows))
    yield Figure("sig.wrong_understood", "wrong dose, unit or frequency shown as understood", len(dangerous), "", target=0, of=len(rows))
    if show:
        for sig, wrong in dangerous:
            print("DANGEROUS", sig, wrong)


def evaluate_indian(runner, data, show):
    """Our own cases of Indian shorthand: the sentence that a patient would read, or that it must be asked about."""
    with open(INDIAN, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#") and line.strip()]
    outs, _ = run(runner, "sig", [form + "\1" + direction for direction, form, _ in rows])
    right = wrong = 0
    for (direction, form, meaning), out in zip(rows, outs):
        said = out["text"] if out["understood"] else "?"
        ok = not out["understood"] and meaning[1:] in out["question"] if meaning.startswith("?") else said == meaning
        right += ok
        wrong += out["understood"] and not ok
        if show and not ok:
            print(f"{direction!r} {form}\n    want: {meaning}\n    have: {out['text']} | {out['question']}")
    yield share("sig.indian", "Indian shorthand, our own cases", right, len(rows), target=100, least=True)
    yield Figure("sig.indian_wrong_understood", "Indian shorthand: wrong, shown as understood", wrong, "", target=0, of=len(rows))


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
    for field in sorted(score.all):
        yield share("lines." + field, "medicine lines, from the page's true text: " + field, score.right[field], score.all[field])
    yield share("lines.understood", "medicine lines, true text: understood without a question", understood, lines)
    yield Figure("lines.extra", "medicine lines, true text: medicines that are not there", extra, "", target=0, of=lines)


# --- notes -----------------------------------------------------------------------------------------------------------


# --- notes -----------------------------------------------------------------------------------------------------------


def listed_medicines():
    """The built-in list without what is also spoken of as food or in blood."""
    names = set(re.findall(r'N\("([a-z]+)"\)', (Path(__file__).parent.parent / "src/clinic/medicine_names.def").read_text(encoding="utf-8")))
    return names - {"iron", "calcium", "potassium", "magnesium", "zinc", "folate", "steroids"}


def evaluate_notes(runner, data, show):
    """ROUGE F1 (lower case, letters and digits, no stemming; L over the whole note), and what nobody had said."""
    names = listed_medicines()
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
            bad_number += len(unsupported_numbers(out["text"], visit["dialogue"]))
            wanted = medicines(visit["note"], names) & spoken
            want_medicine += len(wanted)
            have_medicine += len(wanted & medicines(out["text"], names))
            discussed += sum(s["discussed"] for s in out["sections"])
        n = len(visits)
        learned = " (learned from)" if part == "train" else ""
        for name, value, least in zip(("1", "2", "L"), sums, (48, 19, 26)):
            yield Figure(f"note.{part}.rouge{name}", f"{part}{learned}: ROUGE-{name} F1", 100 * value / n, target=None if learned else least, least=True, of=n)
        yield share(f"note.{part}.recall", f"{part}{learned}: medicines recalled", have_medicine, want_medicine, target=90, least=True)
        yield Figure(f"note.{part}.medicines", f"{part}{learned}: medicines that nobody said", bad_medicine, "", target=0, of=n)
        yield Figure(f"note.{part}.numbers", f"{part}{learned}: numbers that nobody said", bad_number, "", target=0, of=n)
        yield Figure(f"note.{part}.ms", f"{part}{learned}: the longest visit", max(took) / 1000, "ms", target=100, of=n)


def evaluate_sections(runner, data, show):
    for part in ("Training", "Validation"):
        with open(data / "notes" / "mts-dialog" / f"MTS-Dialog-{part}Set.csv", encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        outs, _ = run(runner, "section", [r["dialogue"] for r in rows])
        coarse = {"EXAM": "O", "LABS": "O", "IMAGING": "O", "ASSESSMENT": "A", "DIAGNOSIS": "A", "PLAN": "P", "DISPOSITION": "P", "EDCOURSE": "P", "PROCEDURES": "P"}
        learned = " (learned from)" if part == "Training" else ""
        right = sum(o == r["section_header"] for o, r in zip(outs, rows))
        soap = sum(coarse.get(o, "S") == coarse.get(r["section_header"], "S") for o, r in zip(outs, rows))
        yield share(f"section.{part.lower()}", f"{part.lower()}{learned}: header of 20", right, len(rows), target=None if learned else 68, least=True)
        yield share(f"section.{part.lower()}.soap", f"{part.lower()}{learned}: as S, O, A or P", soap, len(rows))


def evaluate_guard(runner, data, show):
    yield from eval_guard.evaluate(lambda mode, records: run(runner, mode, records), data, listed_medicines(), show)


PARTS = {"sigs": ("Directions", "sigs", evaluate_sigs), "indian": ("Directions, Indian shorthand", ".", evaluate_indian),
         "prescriptions": ("Medicine lines", "prescriptions", evaluate_prescriptions), "notes": ("Notes, ACI-BENCH", "notes/aci-bench", evaluate_notes),
         "sections": ("Section headers, MTS-Dialog", "notes/mts-dialog", evaluate_sections),
         "guard": ("The guard, planted errors", "notes", evaluate_guard)}


def engine(runner):
    [draft], _ = run(runner, "note", ["hello"])
    return "%(name)s %(version)s" % draft["engine"]


def sections(runner, data, only=None, show=False):
    name = engine(runner)
    for part, (title, folder, evaluate) in PARTS.items():
        if only in (None, part):
            yield title, name, list(evaluate(runner, data, show)) if (data / folder).is_dir() else []


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--")]
    part = sys.argv[sys.argv.index("--part") + 1] if "--part" in sys.argv else None
    if part in args:
        args.remove(part)
    put(list(sections(args[0], Path(args[1]), part, "--show" in sys.argv)))


if __name__ == "__main__":
    main()
