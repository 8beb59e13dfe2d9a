#!/usr/bin/env python3
"""Learns boundary_weights.def: where a sentence ends in recognised speech, which has no punctuation.

Usage: train_boundary.py ACI_BENCH_FOLDER MTS_DIALOG_FOLDER > boundary_weights.def
Reads the dialogues of ACI-BENCH and MTS-Dialog (training parts, CC BY 4.0), takes their punctuation away and learns to put the
ends of sentences back from the two words before and behind. Only derived weights are written, no text. Deterministic.
With --check it prints precision and recall on the validation parts for some thresholds instead.
"""
import csv
import glob
import math
import os
import re
import sys
from collections import Counter

PASSES, RATE, DECAY, LEAST, SMALLEST = 6, 0.15, 1e-6, 12, 200  # SMALLEST: thousandths; lesser weights are left out
FILLERS = set("uh um hmm mm mm-hmm mhm uh-huh er ah oh erm hm uhm umm mmm huh".split())


def dialogue(text):
    """[(word, a sentence ends behind it)] over all turns."""
    out = []
    for turn in re.split(r"\n(?=\[?\w+\]?:? )", text):
        turn = re.sub(r"^\s*(\[[^\]]*\]|[A-Za-z_]+:)\s*", "", turn)
        for token in turn.lower().replace("\u2019", "'").split():
            word = token.strip(".,?!;:\"()[]-\u2026")
            ends = bool(re.search(r"[.?!]\)?\"?$", token)) and word not in ("dr", "mr", "mrs", "ms", "st", "vs")
            if word and word not in FILLERS:
                if word in ("'s", "'m", "'re", "'ve", "'ll", "'d", "n't") and out:
                    word, _ = out.pop()[0] + word, None
                out.append([word, ends])
            elif out and ends:
                out[-1][1] = True
        if out:
            out[-1][1] = True
    return out


def features(words, i):
    """Of the place behind word i."""
    a = words[i - 1] if i > 0 else "^"
    b, c = words[i], words[i + 1]
    d = words[i + 2] if i + 2 < len(words) else "$"
    return ("@bias", "<" + b, ">" + c, "<<" + a + " " + b, ">>" + c + " " + d, "<>" + b + " " + c)


def load(pattern):
    for path in sorted(glob.glob(pattern)):
        if "metadata" in path:
            continue
        for row in csv.DictReader(open(path, newline="")):
            yield dialogue(row["dialogue"])


def rows(talks, known=None):
    for talk in talks:
        words = [w for w, _ in talk]
        for i in range(len(words) - 1):
            f = features(words, i)
            yield (f if known is None else tuple(x for x in f if x in known)), talk[i][1]


def train(data):
    counts = Counter(f for row, _ in data for f in row)
    known = {f for f, n in counts.items() if n >= LEAST}
    data = [(tuple(f for f in row if f in known), y) for row, y in data]
    weight = dict.fromkeys(known, 0.0)
    for turn in range(PASSES):
        rate = RATE / (1 + turn)
        for row, y in data:
            p = 1 / (1 + math.exp(-max(-30, min(30, sum(weight[f] for f in row)))))
            for f in row:
                weight[f] += rate * ((y - p) - DECAY * weight[f] * len(data) / counts[f] * 0.01)
    return {f: round(1000 * w) for f, w in weight.items() if abs(w) * 1000 >= SMALLEST}


def check(weight, talks):
    scored = [(sum(weight.get(f, 0) for f in row), y) for row, y in rows(talks)]
    for threshold in (-1500, -1000, -500, 0, 500, 1000, 1500):
        hits = sum(y for s, y in scored if s > threshold)
        said, all_ = sum(s > threshold for s, _ in scored), sum(y for _, y in scored)
        print("threshold %5d: precision %.1f %%, recall %.1f %%" % (threshold, 100 * hits / max(said, 1), 100 * hits / all_))


def main():
    args = [a for a in sys.argv[1:] if a != "--check"]
    aci, mts = args
    data = list(rows(list(load(os.path.join(aci, "train*.csv"))) + list(load(os.path.join(mts, "*[Tt]rain*.csv")))))
    weight = train(data)
    if "--check" in sys.argv:
        print(len(data), "places,", len(weight), "weights")
        check(weight, list(load(os.path.join(aci, "valid*.csv"))))
        return
    print("/* Derived from the training parts of ACI-BENCH (CC BY 4.0, Wen-wai Yim and others) and MTS-Dialog (CC BY 4.0, Asma Ben Abacha")
    print("   and others) by tools/train_boundary.py: weights only, in thousandths. \"<\" the word before, \">\" behind, \"<<\" and \">>\" two of")
    print("   them, \"<>\" one on each side. W(key, weight), sorted by key. */")
    for key in sorted(weight, key=lambda k: k.encode()):
        print('W("%s", %d)' % (key.replace("\\", "").replace('"', ""), weight[key]))


main()
