#!/usr/bin/env python3
"""How well the worker hears and reads, on recordings and pages with known truth.

    bench/eval_media.py --worker BUILD/src/main/worker --data DIR [--only speech|pages] [--json FILE] [--match REGEX] [--jobs N]

DIR holds speech/manifest.tsv and prescriptions/meta.json as shared/data/README.md describes. Prints word error rate and
real-time factor by set, how right the words are that are shown as sure, and character error rate and medicine names by
form and condition. Times are processor seconds of the whole program, its start and models included. For work on one engine; the
table of everything is evaluate.py.
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
from pathlib import Path

from eval_clinic import run as run_clinic
from eval_counts import distance, matched, spoken
from eval_table import Figure

# A word is shown as sure when the pages do not mark it.
MARKED = Path(__file__).resolve().parent.parent / "ui" / "src" / "components" / "words.ts"
SURE = float(re.search(r"UNSURE_BELOW = \{ heard: ([0-9.]+)", MARKED.read_text(encoding="utf-8")).group(1))


def run(worker, path, kind):
    """The worker's document, its processor seconds and its largest resident memory in MiB."""
    environment = dict(os.environ, OMP_THREAD_LIMIT="1")  # as medscribed starts it; else it would start itself again
    with subprocess.Popen([worker, "--file", path, "--kind", kind], stdout=subprocess.PIPE, env=environment) as process:
        out = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return json.loads(out), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split("\t")
        return [dict(zip(names, line.rstrip("\n").split("\t"))) for line in file]


def engine_of(document, so_far):
    return so_far or "%(name)s %(version)s, model %(model)s" % document["engine"] if "engine" in document else so_far


def measure_speech(worker, data, pool, match="", verbose=False):
    """Sums by set, right words by set and tenth of confidence, the engine."""
    folder = os.path.join(data, "speech")
    rows = [row for row in rows_of(os.path.join(folder, "manifest.tsv")) if re.search(match, row["id"])]
    done = pool.map(lambda row: run(worker, os.path.join(folder, row["file"]), "audio"), rows)
    sums, bands, engine = collections.defaultdict(collections.Counter), collections.defaultdict(lambda: [0, 0]), ""
    for row, (document, seconds, memory) in zip(rows, done):
        truth = spoken(row["reference"])
        words = [(w, word["confidence"]) for word in document.get("words", []) for w in spoken(word["text"])]
        heard = [w for w, _ in words]
        engine = engine_of(document, engine)
        s = sums[row["set"]]
        s["files"] += 1
        s["errors"] += distance(truth, heard)
        s["words"] += len(truth)
        s["audio"] += float(row["seconds"])
        s["cpu"] += seconds
        s["memory"] = max(s["memory"], memory)
        s["failed"] += "failed" in document
        for (_, confidence), good in zip(words, matched(truth, heard)):
            band = bands[row["set"], min(9, int(confidence * 10))]
            band[0] += good
            band[1] += 1
            if confidence >= SURE:
                s["sure"] += 1
                s["sure_right"] += good
        if verbose:
            print(row["id"], " ".join(heard), "|", " ".join(truth), file=sys.stderr)
    table = [{"set": name, "files": s["files"], "refused": s["failed"], "wer": 100 * s["errors"] / s["words"], "real_time": s["cpu"] / s["audio"],
              "memory_mib": s["memory"], "sure": s["sure"], "sure_share": 100 * s["sure"] / max(1, s["words"]),
              "sure_right": 100 * s["sure_right"] / max(1, s["sure"])} for name, s in sorted(sums.items())]
    return table, bands, engine


def print_speech(table, bands):
    print("\nspeech        files refused  WER %  x real time  MiB   sure: share %  right %")
    for t in table:
        print("%-12s %6d %7d %6.1f %12.3f %5.0f %14.1f %8.1f" % (t["set"], t["files"], t["refused"], t["wer"], t["real_time"], t["memory_mib"], t["sure_share"], t["sure_right"]))
    for name in sorted({k[0] for k in bands}):
        print("  right by confidence, %s: %s" % (name, " ".join("%.1f:%.0f%%/%d" % (b / 10, 100 * bands[name, b][0] / bands[name, b][1], bands[name, b][1]) for b in range(10) if bands[name, b][1])))


def lines_of(draft):
    """The medicine lines of a draft: what is written, whatever its spacing and letter case, and whether it is shown as understood."""
    for line in draft.get("lines", []):
        if line.get("medicine"):
            m = line["medicine"]
            yield *("".join(said.lower().split()) for said in (m["name"] or "", m["strength"] or "", json.dumps(line["dosage"], sort_keys=True))), line["understood"]


def count_lines(s, read, truth):
    """Fields of the lines of the page's true text that were also read; and lines shown as understood that the page does not say."""
    read, truth = list(lines_of(read)), list(lines_of(truth))
    for name, strength, dosage, _ in truth:
        same = [line for line in read if line[0] == name]
        s["fields"] += 3
        s["fields_right"] += bool(same) + any(line[1] == strength for line in same) + any(line[2] == dosage for line in same)
    s["understood"] += sum(line[3] for line in read)
    s["wrong_understood"] += sum(line[3] and line[:3] not in {t[:3] for t in truth} for line in read)


def measure_pages(worker, runner, data, pool, match="", verbose=False):
    """Sums by form and condition ("all" is each form's sum), the engine."""
    folder = os.path.join(data, "prescriptions")
    with open(os.path.join(folder, "meta.json"), encoding="utf-8") as file:
        rows = [row for row in json.load(file) if re.search(match, row["id"])]
    images = {os.path.splitext(name)[0]: name for name in os.listdir(os.path.join(folder, "images")) if not name.endswith(".txt")}
    texts = []
    for row in rows:
        with open(os.path.join(folder, "images", row["id"] + ".txt"), encoding="utf-8") as file:
            texts.append(file.read())
    truths = run_clinic(runner, "prescription", texts)[0] if runner else [{}] * len(rows)
    done = pool.map(lambda row: run(worker, os.path.join(folder, "images", images[row["id"]]), "prescription"), rows)
    sums, engine = collections.defaultdict(collections.Counter), ""
    for row, text, lines, (document, seconds, memory) in zip(rows, texts, truths, done):
        truth, read = " ".join(text.split()), " ".join(document.get("text", "").split())
        errors = distance(truth.lower(), read.lower())
        engine = engine_of(document, engine)
        if verbose:
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
            count_lines(s, document.get("draft", {}), lines)
    order = sorted(sums.items(), key=lambda item: (item[0][0], item[0][1] == "all", item[0][1]))
    table = [{"form": kind, "condition": condition, "pages": s["pages"], "refused": s["failed"], "cer": 100 * s["errors"] / s["letters"],
              "names": 100 * s["names_right"] / max(1, s["names"]), "strengths": 100 * s["strengths_right"] / max(1, s["names"]),
              "fields": 100 * s["fields_right"] / max(1, s["fields"]), "medicines": s["names"], "understood": s["understood"],
              "wrong_understood": s["wrong_understood"], "seconds": s["cpu"] / s["pages"], "memory_mib": s["memory"]} for (kind, condition), s in order]
    return table, engine


def print_pages(table):
    print("\npages    condition   pages refused  CER %  names %  strengths %  fields %  s/page  MiB")
    for t in table:
        print("%-8s %-11s %5d %7d %6.1f %8.1f %12.1f %9.1f %7.2f %4.0f" % (t["form"], t["condition"], t["pages"], t["refused"], t["cer"], t["names"], t["strengths"], t["fields"], t["seconds"], t["memory_mib"]))


# --- for the table of everything -------------------------------------------------------------------------------------

# What a set of recordings is, and the most word errors that are allowed: stock PocketSphinx's on the same set, or less.
SETS = {"lj": ("one clear reader", 26), "ls_other": ("many readers, difficult", 61), "conversation": ("conversation in a room", 66), "misc": ("other recordings", None)}
FORMS = {"typed": ("letterhead, typed", 1.0, 99), "label": ("pharmacy label", 0.2, 99), "hand": ("handwriting fonts", 12, None)}
CLEAR = "lj"


def speech_section(worker, _runner, data, pool):
    title = "Speech"
    if not os.path.exists(os.path.join(data, "speech", "manifest.tsv")):
        return title, "", []
    table, _, engine = measure_speech(worker, data, pool)
    figures = []
    for t in table:
        name, most = SETS.get(t["set"], (t["set"], None))
        figures.append(Figure("wer." + t["set"], name + ": word errors", t["wer"], target=most, of=t["files"]))
        figures.append(Figure("refused." + t["set"], name + ": no clear speech found", t["refused"], "", of=t["files"]))
        figures.append(Figure("sure." + t["set"], name + ": words shown as sure that are right", t["sure_right"], target=90 if t["set"] == CLEAR else None, least=True, of=t["sure"]))
        figures.append(Figure("sure_share." + t["set"], name + ": words shown as sure, of those spoken", t["sure_share"]))
        figures.append(Figure("real_time." + t["set"], name + ": processor seconds a second", t["real_time"], "", target=0.3))
    figures.append(Figure("memory.speech", "most memory", max(t["memory_mib"] for t in table), "MiB", target=300))
    return title, engine, figures


def pages_section(worker, runner, data, pool):
    title = "Pages"
    if not os.path.exists(os.path.join(data, "prescriptions", "meta.json")):
        return title, "", []
    table, engine = measure_pages(worker, runner, data, pool)
    by_key, figures = {(t["form"], t["condition"]): t for t in table}, []
    for t in table:
        name, most, names = FORMS.get(t["form"], (t["form"], None, None))
        whole, key = t["condition"] == "all", "%s.%s" % (t["form"], t["condition"])
        clean = by_key.get((t["form"], "clean"))
        if t["condition"] == "persp" and clean:  # twice of nothing is nothing: half a per cent is let pass
            most = max(2 * clean["cer"], 0.5)
        what = name if whole else "%s, %s" % (name, t["condition"])
        figures.append(Figure("cer." + key, what + ": wrong letters", t["cer"], target=most if whole or t["condition"] == "persp" else None, of=t["pages"]))
        figures.append(Figure("names." + key, what + ": medicine names right", t["names"], target=names if whole else None, least=True, of=t["medicines"]))
        figures.append(Figure("fields." + key, what + ": fields of medicine lines right", t["fields"], of=3 * t["medicines"]))
        if whole:
            figures.append(Figure("wrong_understood." + key, what + ": lines misread, yet shown as understood", t["wrong_understood"], "", target=0, of=t["understood"]))
    whole = [t for t in table if t["condition"] == "all"]
    figures.append(Figure("seconds.page", "processor seconds a page", sum(t["seconds"] * t["pages"] for t in whole) / sum(t["pages"] for t in whole), "s", target=0.5))
    figures.append(Figure("memory.page", "most memory", max(t["memory_mib"] for t in whole), "MiB", target=80))
    return title, engine, figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", required=True)
    parser.add_argument("--runner", help="eval_clinic_run; without it no fields of lines")
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
            result["speech"], bands, _ = measure_speech(args.worker, args.data, pool, args.match, args.verbose)
            print_speech(result["speech"], bands)
        if args.only != "speech":
            result["pages"], _ = measure_pages(args.worker, args.runner, args.data, pool, args.match, args.verbose)
            print_pages(result["pages"])
    print("\n%d s" % (time.time() - start))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()
