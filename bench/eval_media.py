#!/usr/bin/env python3
"""How well the worker hears and reads, on recordings and pages with known truth.

    bench/eval_media.py --worker BUILD/src/main/worker --data DIR [--only speech|pages] [--json FILE] [--match REGEX] [--jobs N]

DIR holds speech/manifest.tsv and prescriptions/meta.json as shared/data/README.md describes. Prints word error rate and
real-time factor by set, how right the words are that are shown as sure, and character error rate and medicine names by
form and condition. Times are processor seconds of the whole program, its start and models included.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

SURE = 0.9


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(last + (x != y), row[j] + 1, row[j - 1] + 1)
    return row[len(b)]


def matched(truth, heard):
    """For each heard word: does an alignment with the fewest errors find it in the truth?"""
    n, m = len(truth), len(heard)
    cost = [[i + j if i * j == 0 else 0 for j in range(m + 1)] for i in range(n + 1)]
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost[i][j] = min(cost[i - 1][j - 1] + (truth[i - 1] != heard[j - 1]), cost[i - 1][j] + 1, cost[i][j - 1] + 1)
    right, i, j = [False] * m, n, m
    while i and j:
        if cost[i][j] == cost[i - 1][j - 1] + (truth[i - 1] != heard[j - 1]):
            right[j - 1] = truth[i - 1] == heard[j - 1]
            i, j = i - 1, j - 1
        elif cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return right


def plain(text):
    return re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("-", " ")).split()


def run(worker, path, kind):
    """The worker's document, its processor seconds and its largest resident memory in MiB."""
    with subprocess.Popen([worker, "--file", path, "--kind", kind], stdout=subprocess.PIPE) as process:
        out = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return json.loads(out), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split("\t")
        return [dict(zip(names, line.rstrip("\n").split("\t"))) for line in file]


def speech(args, pool):
    folder = os.path.join(args.data, "speech")
    rows = [row for row in rows_of(os.path.join(folder, "manifest.tsv")) if re.search(args.match, row["id"])]
    done = pool.map(lambda row: run(args.worker, os.path.join(folder, row["file"]), "audio"), rows)
    sums = collections.defaultdict(collections.Counter)
    bands = collections.defaultdict(lambda: [0, 0])
    for row, (document, seconds, memory) in zip(rows, done):
        truth, heard = plain(row["reference"]), []
        words = [(w, word["confidence"]) for word in document.get("words", []) for w in plain(word["text"])]
        heard = [w for w, _ in words]
        right = matched(truth, heard)
        s = sums[row["set"]]
        s["files"] += 1
        s["errors"] += distance(truth, heard)
        s["words"] += len(truth)
        s["audio"] += float(row["seconds"])
        s["cpu"] += seconds
        s["memory"] = max(s["memory"], memory)
        s["failed"] += "failed" in document
        for (_, confidence), good in zip(words, right):
            bands[row["set"], min(9, int(confidence * 10))][0] += good
            bands[row["set"], min(9, int(confidence * 10))][1] += 1
            if confidence >= SURE:
                s["sure"] += 1
                s["sure_right"] += good
        if args.verbose:
            print(row["id"], " ".join(heard), "|", " ".join(truth), file=sys.stderr)
    table = []
    for name, s in sorted(sums.items()):
        table.append({"set": name, "files": s["files"], "refused": s["failed"], "wer": 100 * s["errors"] / s["words"], "real_time": s["cpu"] / s["audio"],
                      "memory_mib": s["memory"], "sure_share": 100 * s["sure"] / max(1, s["words"]), "sure_right": 100 * s["sure_right"] / max(1, s["sure"])})
    print("\nspeech        files refused  WER %  x real time  MiB   sure: share %  right %")
    for t in table:
        print("%-12s %6d %7d %6.1f %12.3f %5.0f %14.1f %8.1f" % (t["set"], t["files"], t["refused"], t["wer"], t["real_time"], t["memory_mib"], t["sure_share"], t["sure_right"]))
    for name in sorted({k[0] for k in bands}):
        print("  right by confidence, %s: %s" % (name, " ".join("%.1f:%.0f%%/%d" % (b / 10, 100 * bands[name, b][0] / bands[name, b][1], bands[name, b][1]) for b in range(10) if bands[name, b][1])))
    return table


def pages(args, pool):
    folder = os.path.join(args.data, "prescriptions")
    with open(os.path.join(folder, "meta.json"), encoding="utf-8") as file:
        rows = [row for row in json.load(file) if re.search(args.match, row["id"])]
    images = {os.path.splitext(name)[0]: name for name in os.listdir(os.path.join(folder, "images")) if not name.endswith(".txt")}
    done = pool.map(lambda row: run(args.worker, os.path.join(folder, "images", images[row["id"]]), "prescription"), rows)
    sums = collections.defaultdict(collections.Counter)
    for row, (document, seconds, memory) in zip(rows, done):
        with open(os.path.join(folder, "images", row["id"] + ".txt"), encoding="utf-8") as file:
            truth = " ".join(file.read().split())
        read = " ".join(document.get("text", "").split())
        errors = distance(truth.lower(), read.lower())
        if args.verbose:
            print(row["id"], errors, len(truth), read, file=sys.stderr)
        for key in ((row["kind"], row["cond"]), (row["kind"], "all")):
            s = sums[key]
            s["pages"] += 1
            s["errors"] += errors
            s["letters"] += len(truth)
            s["names"] += len(row["meds"])
            s["names_right"] += sum(med["name"].lower() in read.lower() for med in row["meds"])
            s["strengths_right"] += sum(med["strength"].lower() in read.lower() for med in row["meds"])
            s["cpu"] += seconds
            s["memory"] = max(s["memory"], memory)
            s["failed"] += "failed" in document
    table = []
    print("\npages    condition   pages refused  CER %  names %  strengths %  s/page  MiB")
    for (kind, condition), s in sorted(sums.items(), key=lambda item: (item[0][0], item[0][1] == "all", item[0][1])):
        t = {"form": kind, "condition": condition, "pages": s["pages"], "refused": s["failed"], "cer": 100 * s["errors"] / s["letters"], "names": 100 * s["names_right"] / max(1, s["names"]),
             "strengths": 100 * s["strengths_right"] / max(1, s["names"]), "seconds": s["cpu"] / s["pages"], "memory_mib": s["memory"]}
        table.append(t)
        print("%-8s %-11s %5d %7d %6.1f %8.1f %12.1f %7.2f %4.0f" % (kind, condition, t["pages"], t["refused"], t["cer"], t["names"], t["strengths"], t["seconds"], t["memory_mib"]))
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--only", choices=["speech", "pages"])
    parser.add_argument("--match", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    result, start = {}, time.time()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        if args.only != "pages":
            result["speech"] = speech(args, pool)
        if args.only != "speech":
            result["pages"] = pages(args, pool)
    print("\n%d s" % (time.time() - start))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()
