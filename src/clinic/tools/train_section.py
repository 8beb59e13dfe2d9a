#!/usr/bin/env python3
"""Learns section_weights.def: the section of a note that a piece of dialogue belongs to.

Usage: train_section.py MTS_DIALOG_FOLDER > section_weights.def
The folder holds MTS-Dialog-TrainingSet.csv (CC BY 4.0, Asma Ben Abacha and others). Only derived weights are written.
Deterministic: no random numbers, fixed order.
"""
import collections
import csv
import math
import re
import sys

PASSES, RATE, DECAY, LEAST, RARE, SMALLEST = 8, 3.0, 0.0005, 3, 0.7, 14


def features(dialogue):
    w = re.findall(r"[a-z0-9'\u0080-\uffff]+", dialogue.lower())
    return sorted(set(w) | {a + " " + b for a, b in zip(w, w[1:])})


def main():
    with open(sys.argv[1] + "/MTS-Dialog-TrainingSet.csv", encoding="utf-8") as f:
        rows = [(features(r["dialogue"]), r["section_header"]) for r in csv.DictReader(f)]
    seen = collections.Counter(f for x, _ in rows for f in x)
    rows = [([f for f in x if seen[f] >= LEAST], y) for x, y in rows]
    idf = {f: math.log(len(rows) / n) for f, n in seen.items()}
    count = collections.Counter(y for _, y in rows)
    labels = sorted(count)
    weights = {label: collections.defaultdict(float) for label in labels}
    for p in range(PASSES):
        for x, y in rows:
            # rare sections weigh more than their share: a visit has one of each, whatever the corpus has
            rate = RATE / (1 + p / 4) * min(6, (max(count.values()) / count[y]) ** RARE)
            norm = math.sqrt(sum(idf[f] ** 2 for f in x)) or 1
            z = {s: sum(weights[s].get(f, 0) * idf[f] for f in x) / norm for s in labels}
            top = max(z.values())
            e = {s: math.exp(z[s] - top) for s in labels}
            total = sum(e.values())
            for s in labels:
                g = (s == y) - e[s] / total
                if abs(g) < 1e-3:
                    continue
                for f in x:
                    weights[s][f] += rate * (g * idf[f] / norm - DECAY * weights[s][f])
    scale = 127 / max(abs(v) * idf[f] for s in labels for f, v in weights[s].items())
    print("/* Derived from the training part of MTS-Dialog (CC BY 4.0, Asma Ben Abacha, Wen-wai Yim, Yadan Fan, Thomas Lin, \"An Empirical")
    print("   Study of Clinical Note Generation from Doctor-Patient Encounters\", EACL 2023) by tools/train_section.py: weights only. */")
    print("#ifdef L")
    for s in labels:
        print(f'L("{s}")')
    print("#endif\n#ifdef W")
    for f in sorted({f for s in labels for f in weights[s]}, key=lambda k: k.encode()):
        values = [round(weights[s].get(f, 0) * idf[f] * scale) for s in labels]
        if max(map(abs, values)) >= SMALLEST and len(f.encode()) < 90:
            print('W("%s", %s)' % (f, ", ".join(map(str, values))))
    print("#endif")


main()
