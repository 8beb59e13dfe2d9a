#!/usr/bin/env python3
"""Learns confidence_weights.def: how sure a recognised word is, and whether a recording is clear English speech.

    train_confidence.py collect WORKER FOLDER SOUND...        what the worker hears in each SOUND, into FOLDER/NAME.tsv
    train_confidence.py learn MANIFEST ENGLISH OTHER          > confidence_weights.def

MANIFEST (tab-separated: id, set, speaker, reference) tells what was said in the recordings collected in ENGLISH; NAME is
the id, or id@how for a changed copy (a room, noise). OTHER holds other languages and babble, NAME being language_number: no word of
it is right. Two logistic regressions, ridge-penalised; no random numbers. How reliable they are on speakers and languages that they
were not learned from is printed to stderr (each speaker left out in turn). Only the weights are kept, no text and no sound.
"""
import math
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../bench"))
from eval_counts import matched, spoken  # noqa: E402
from eval_media import SURE, rows_of  # noqa: E402

OTHER_WEIGHT = 0.25  # there is more speech to learn from than anybody will send in another language
ENGLISH_WEIGHT = 12  # refusing clear speech is worse than keeping unclear speech, whose words are marked
STRETCH = 100        # as in confidence.c
RIDGE_WORD, RIDGE_SPEECH = 3.0, 0.02


def collect(worker, folder, sounds):
    os.makedirs(folder, exist_ok=True)
    for sound in sounds:
        name = os.path.splitext(os.path.basename(sound))[0]
        out = os.path.join(folder, name + ".tsv")
        subprocess.run([worker, "--file", sound, "--kind", "audio", "--evidence", out], stdout=subprocess.DEVNULL, check=False)


def read(path):
    with open(path, encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split("\t")[2:]
        lines = [line.rstrip("\n").split("\t") for line in file]
    return names, [line[0] for line in lines], [[float(x) for x in line[2:]] for line in lines]


def recordings(manifest, english, other):
    truth = {row["id"]: row for row in rows_of(manifest)}
    names = None
    for folder in (english, other):
        for file in sorted(os.listdir(folder)):
            name = file[: -len(".tsv")]
            names, words, rows = read(os.path.join(folder, file))
            if not rows:
                continue
            record = {"name": name, "english": folder == english, "rows": rows, "set": "other", "speaker": name.rsplit("_", 1)[0], "right": [False] * len(rows)}
            if folder == english:
                row = truth[name.split("@")[0]]
                spelt = [(part, i) for i, word in enumerate(words) for part in spoken(word)]
                for (_, i), right in zip(spelt, matched(spoken(row["reference"]), [part for part, _ in spelt])):
                    record["right"][i] = right
                record["set"] = row["set"] + ("@" + name.split("@")[1] if "@" in name else "")
                record["speaker"] = row["speaker"]
            yield names, record


def solve(matrix, right):
    n = len(right)
    rows = [row[:] + [value] for row, value in zip(matrix, right)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, n):
            factor = rows[r][i] / rows[i][i]
            for c in range(i, n + 1):
                rows[r][c] -= factor * rows[i][c]
    result = [0.0] * n
    for i in reversed(range(n)):
        result[i] = (rows[i][n] - sum(rows[i][c] * result[c] for c in range(i + 1, n))) / rows[i][i]
    return result


def odds(weights, row):
    return max(-30.0, min(30.0, sum(a * b for a, b in zip(weights, row))))


def probability(weights, row):
    return 1 / (1 + math.exp(-odds(weights, row)))


def learn(samples, ridge):
    """Newton's method; samples: (features, truth, weight); the first feature is the bias, which is not penalised."""
    n = len(samples[0][0])
    weights = [0.0] * n
    for _ in range(8):
        hessian, gradient = [[0.0] * n for _ in range(n)], [0.0] * n
        for row, truth, weight in samples:
            p = probability(weights, row)
            error, curve = weight * (truth - p), weight * max(1e-4, p * (1 - p))
            for i, x in enumerate(row):
                gradient[i] += error * x
                for j in range(i, n):
                    hessian[i][j] += curve * x * row[j]
        for i in range(n):
            for j in range(i):
                hessian[i][j] = hessian[j][i]
            hessian[i][i] += ridge if i else 1e-6
            gradient[i] -= ridge * weights[i] if i else 0
        weights = [a + b for a, b in zip(weights, solve(hessian, gradient))]
    return weights


def learn_words(records):
    return learn([(row, float(right), 1.0 if r["english"] else OTHER_WEIGHT) for r in records for row, right in zip(r["rows"], r["right"])], RIDGE_WORD)


def stretch(record, weights, acoustic):
    """What one stretch of this recording gives for or against: bias, words, their confidence, their acoustic score; in tens."""
    n = len(record["rows"])
    size = min(n, STRETCH) / 10
    return [1.0, size, size * sum(probability(weights, row) for row in record["rows"]) / n, size * sum(row[acoustic] for row in record["rows"]) / n]


def learn_speech(records, weights, acoustic):
    return learn([(stretch(r, weights, acoustic), float(r["english"]), ENGLISH_WEIGHT if r["english"] else 1.0) for r in records], RIDGE_SPEECH)


def say(*what):
    print(*what, file=sys.stderr)


def leave_speakers_out(records, acoustic):
    for speaker in sorted({r["speaker"] for r in records}):
        rest = [r for r in records if r["speaker"] != speaker]
        words = learn_words(rest)
        speech = learn_speech(rest, words, acoustic)
        for r in records:
            if r["speaker"] == speaker:
                r["p"] = [probability(words, row) for row in r["rows"]]
                r["clear"] = odds(speech, stretch(r, words, acoustic))
    for name in sorted({r["set"] for r in records}):
        here = [r for r in records if r["set"] == name]
        pairs = [pair for r in here for pair in zip(r["p"], r["right"])]
        bands = ["%.1f-: %d/%d" % (b / 10, sum(y for p, y in pairs if b / 10 <= p < (b + 1) / 10), sum(b / 10 <= p < (b + 1) / 10 for p, _ in pairs)) for b in range(10)]
        sure = [y for p, y in pairs if p >= SURE]
        say("%-14s %4d words, %4.1f %% right, expected %4.1f %%; sure: %d, right %.1f %%; not clear speech: %d of %d recordings"
            % (name, len(pairs), 100 * sum(y for _, y in pairs) / len(pairs), 100 * sum(p for p, _ in pairs) / len(pairs), len(sure), 100 * sum(sure) / max(1, len(sure)), sum(r["clear"] < 0 for r in here), len(here)))
        say("   right of those by confidence:", ", ".join(bands))


def main():
    if len(sys.argv) >= 5 and sys.argv[1] == "collect":
        collect(sys.argv[2], sys.argv[3], sys.argv[4:])
        return
    if len(sys.argv) != 5 or sys.argv[1] != "learn":
        sys.exit(__doc__)
    found = list(recordings(*sys.argv[2:]))
    names, records = found[0][0], [record for _, record in found]
    acoustic = names.index("ACOUSTIC")
    leave_speakers_out(records, acoustic)
    words = learn_words(records)
    speech = learn_speech(records, words, acoustic)
    refused = [r["name"] for r in records if r["english"] and odds(speech, stretch(r, words, acoustic)) < 0]
    say("learned from all: English refused:", refused, "; other kept:", [r["name"] for r in records if not r["english"] and odds(speech, stretch(r, words, acoustic)) >= 0])
    print("""/* By src/media/tools/train_confidence.py: two logistic regressions, WORD(feature, weight) for the probability that a word was
   said, SPEECH(feature, weight) for the odds that a stretch of words is clear English speech. Learned from 93 English recordings
   (LibriSpeech test-other, LJSpeech, LibriVox and others: CC BY 4.0, MIT, public domain), some of them again in an imagined room, and
   from recordings and synthetic speech in twelve other languages (Asterisk's prompts, CC BY-SA 3.0; espeak-ng). Weights only, no text
   and no sound. The features are those of confidence.c. */""")
    for name, weight in zip(names, words):
        print("WORD(%s, %.3f)" % (name, weight))
    for name, weight, unit in zip(("BIAS", "WORD", "CONFIDENCE", "ACOUSTIC"), speech, (1, 10, 10, 10)):
        print("SPEECH(%s, %.4f)" % (name, weight / unit))


if __name__ == "__main__":
    main()
