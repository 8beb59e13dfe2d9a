#!/usr/bin/env python3
"""Everything that can be measured against a known truth, as one table: speech, pages, directions, notes, sections.

    bench/evaluate.py --worker BUILD/src/main/worker --runner BUILD/src/clinic/eval_clinic_run --data DIR [--record] [--jobs N] [--only PART]

PART: speech, pages, sigs, indian, prescriptions, notes, sections. --record adds a line to docs/evaluation-history.tsv (only a whole
run is recorded). What the figures mean, and how they are counted: docs/evaluation.md.
"""
import argparse
import concurrent.futures
from pathlib import Path

import eval_clinic
import eval_media
import eval_table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", required=True)
    parser.add_argument("--runner", required=True)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", choices=["speech", "pages", *eval_clinic.PARTS])
    args = parser.parse_args()
    if args.record and args.only:
        parser.error("only a whole run is recorded")
    sections = []
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for part, measure in (("speech", eval_media.speech_section), ("pages", eval_media.pages_section)):
            if args.only in (None, part):
                sections.append(measure(args.worker, args.runner, args.data, pool))
    if args.only not in ("speech", "pages"):
        sections += eval_clinic.sections(args.runner, args.data, args.only)
    eval_table.put(sections)
    if args.record:
        eval_table.remember(sections)


if __name__ == "__main__":
    main()
