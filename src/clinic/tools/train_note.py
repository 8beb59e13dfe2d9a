#!/usr/bin/env python3
"""Learns note_weights.def: which spoken lines belong in a note, and in which section.

Usage: train_note.py RUNNER ACI_BENCH_FOLDER > note_weights.def
RUNNER is bench/eval_clinic_run.c built; the folder holds train.csv of ACI-BENCH (CC BY 4.0, Wen-wai Yim and others).
Only derived weights are written, no text. Deterministic: no random numbers, fixed order.
"""
import collections
import csv
import json
import math
import re
import subprocess
import sys

PASSES, RATE, DECAY, LEAST = 14, 0.12, 0.00025, 3
SECTIONS = ("subjective", "objective", "assessment", "plan")
STOP = set("the a an of to and or in is was has have been be it that this with for on at as he she his her they their patient i we will any".split())


def words(text):
    return re.findall(r"[a-z0-9'\u0080-\uffff]+", text.lower())


def features(line):
    w = words(line["text"])
    n = len(w)
    out = set(w) | {a + " " + b for a, b in zip(w, w[1:])}
    out |= {"@bias", ("@unknown", "@doctor", "@patient")[line["speaker"]], ("@said", "@denied", "@reported", "@answered")[line["origin"]],
            "@short" if n < 6 else "@middle" if n < 12 else "@long" if n < 24 else "@longest", "@position%d" % (line["position"] // 10 % 10)}
    return sorted(out)


def section_of(header):
    h = header.upper()
    if "ASSESSMENT AND PLAN" in h or h == "IMPRESSION AND PLAN":
        return "ap"
    if any(x in h for x in ("EXAM", "VITAL", "RESULT", "LAB", "IMAGING", "DATA")):
        return "objective"
    if any(x in h for x in ("ASSESSMENT", "IMPRESSION")):
        return "assessment"
    if any(x in h for x in ("PLAN", "INSTRUCTION", "ORDERS", "FOLLOW")):
        return "plan"
    return "subjective"


def sections(note):
    """The note's word pairs by section."""
    pairs, now = {s: set() for s in SECTIONS}, "subjective"
    for line in note.splitlines():
        text = line.strip()
        if text and text.upper() == text and re.search("[A-Z]{4}", text) and len(text) < 60:
            now = section_of(text)
            continue
        where = now
        if now == "ap":
            where = "assessment" if re.match(r"[•\-\s]*Medical Reasoning", text) or not re.match(r"[•\-]", text) else "plan"
        w = words(text)
        pairs[where] |= set(zip(w, w[1:])) | {(x,) for x in w if x not in STOP}
    return pairs


def targets(line, pairs):
    """How much of the line is in the note, and which section has most of it."""
    w = words(line["text"])
    mine = [(x,) for x in w if x not in STOP] + list(zip(w, w[1:]))
    if not mine:
        return 0.0, None
    whole = set().union(*pairs.values())
    share = sum(x in whole for x in mine) / len(mine)
    by = [sum((x in pairs[s]) * (2 if len(x) == 2 else 1) for x in mine) for s in SECTIONS]
    best = max(by)
    return share, by.index(best) if best > 1 and by.count(best) == 1 else None


def learn(rows, pick):
    """Logistic regression on soft labels; average of the weights over the last passes."""
    weights, total = collections.defaultdict(float), collections.defaultdict(float)
    for p in range(PASSES):
        rate = RATE / (1 + p / 3)
        for feats, target in rows:
            y = pick(target)
            if y is None:
                continue
            z = sum(weights[f] for f in feats)
            g = rate * (y - 1 / (1 + math.exp(-max(-30, min(30, z)))))
            for f in feats:
                weights[f] += g - rate * DECAY * 20 * weights[f]
        if p >= PASSES // 2:
            for f, v in weights.items():
                total[f] += v
    return {f: v / (PASSES - PASSES // 2) for f, v in total.items()}


def main():
    runner, folder = sys.argv[1:3]
    with open(folder + "/train.csv", encoding="utf-8") as f:
        visits = list(csv.DictReader(f))
    joined = "\0".join(v["dialogue"] for v in visits).encode() + b"\0"
    out = subprocess.run([runner, "lines"], input=joined, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    rows, seen = [], collections.Counter()
    for visit, line in zip(visits, out):
        pairs = sections(visit["note"])
        for candidate in json.loads(line.split("\t", 1)[1]):
            feats = features(candidate)
            seen.update(feats)
            share, section = targets(candidate, pairs)
            rows.append((feats, (share, section)))
    rows = [([f for f in feats if seen[f] >= LEAST], t) for feats, t in rows]
    # a line of the note shares half of its words and pairs with it or more
    score = learn(rows, lambda t: min(1.0, max(0.0, (t[0] - 0.25) / 0.35)))
    by = [learn(rows, lambda t, s=s: None if t[1] is None or t[0] < 0.2 else float(t[1] == s)) for s in range(len(SECTIONS))]
    print("/* Derived from the training part of ACI-BENCH (CC BY 4.0, Wen-wai Yim, Yujuan Fu, Asma Ben Abacha, Neal Snider, Thomas Lin,")
    print("   Meliha Yetisgen, \"ACI-BENCH\", Scientific Data 10, 586, 2023) by tools/train_note.py: weights only, in thousandths.")
    print("   W(key, score, subjective, objective, assessment, plan), sorted by key. */")
    for key in sorted(score, key=lambda k: k.encode()):
        values = [round(1000 * score[key])] + [round(1000 * b.get(key, 0)) for b in by]
        if len(key.encode()) < 90 and (max(map(abs, values)) >= 60 or key.startswith("@")):
            print('W("%s", %s)' % (key.replace('"', ""), ", ".join(map(str, values))))


main()
