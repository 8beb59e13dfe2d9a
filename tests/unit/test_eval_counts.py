"""The counting behind `make eval`: known cases, and what must hold for any."""
import io
import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import eval_clinic
import eval_media
import eval_table
from eval_counts import distance, f1, matched, medicines, rouge_l, rouge_n, spoken, tokens, unsupported_numbers


class Counting(unittest.TestCase):
    def test_distance(self):
        for a, b, want in (("", "", 0), ("abc", "abc", 0), ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("ab", "ba", 2)):
            self.assertEqual(distance(a, b), want, (a, b))
        self.assertEqual(distance("take one tablet twice a day".split(), "take one table twice day".split()), 2)

    def test_distance_is_a_distance(self):
        rng = random.Random(1)
        words = [[rng.choice("abc") for _ in range(rng.randrange(8))] for _ in range(40)]
        for a in words:
            for b in words[:10]:
                self.assertEqual(distance(a, b), distance(b, a))
                self.assertGreaterEqual(distance(a, b), abs(len(a) - len(b)))
                self.assertLessEqual(distance(a, b), max(len(a), len(b)))
                self.assertEqual(distance(a, b) == 0, a == b)

    def test_matched_words_and_errors_agree(self):
        self.assertEqual(matched("i take it twice".split(), "i take twice".split()), [True, True, True])
        self.assertEqual(matched("fever".split(), "a fever no".split()), [False, True, False])
        self.assertEqual(matched([], ["a"]), [False])
        rng = random.Random(2)
        for _ in range(200):
            truth, heard = ([rng.choice("abcd") for _ in range(rng.randrange(9))] for _ in range(2))
            right = sum(matched(truth, heard))
            self.assertLessEqual(max(len(truth), len(heard)) - right, distance(truth, heard))

    def test_words_are_compared_without_their_dress(self):
        self.assertEqual(spoken("Well-known: it's 5 O'Clock!"), ["well", "known", "it's", "5", "o'clock"])
        self.assertEqual(tokens("Ibuprofen 400mg, B.D."), ["ibuprofen", "400mg", "b", "d"])

    def test_rouge(self):
        have, want = "the patient denies fever".split(), "the patient denies any fever".split()
        self.assertAlmostEqual(rouge_n(have, want, 1), 2 * 4 / 9)
        self.assertAlmostEqual(rouge_n(have, want, 2), 2 * 2 / 7)
        self.assertAlmostEqual(rouge_l(have, want), 2 * 4 / 9)
        self.assertEqual(rouge_n(["a", "a", "a"], ["a"], 1), f1(1, 3, 1))  # a word counts as often as both have it
        for n in (1, 2):
            self.assertEqual(rouge_n(have, have, n), 1)
            self.assertEqual(rouge_n(have, ["x", "y"], n), 0)
        self.assertEqual(rouge_l([], want), 0)
        self.assertAlmostEqual(rouge_l("a b c".split(), "c b a".split()), 1 / 3)

    def test_what_nobody_said(self):
        names = {"metformin", "aspirin"}
        self.assertEqual(medicines("Metformin, aspirin and rest.", names), names)
        self.assertEqual(unsupported_numbers("took 500 mg for 3 days", "i took 500 milligrams"), {"3"})
        self.assertEqual(unsupported_numbers("", "5"), set())


class Lines(unittest.TestCase):
    def draft(self, name, strength, dosage, understood=True):
        return {"lines": [{"medicine": {"name": name, "strength": strength}, "dosage": dosage, "understood": understood}, {"medicine": None, "understood": True}]}

    def count(self, read, truth):
        s = eval_media.collections.Counter()
        eval_media.count_lines(s, read, truth)
        return s["fields"], s["fields_right"], s["understood"], s["wrong_understood"]

    def test_fields_and_what_is_wrong_yet_shown_as_understood(self):
        truth = self.draft("Ibuprofen", "400 mg", [{"a": 1}])
        self.assertEqual(self.count(truth, truth), (3, 3, 1, 0))
        self.assertEqual(self.count(self.draft("ibuprofen", "40 mg", [{"a": 1}]), truth), (3, 2, 1, 1))
        self.assertEqual(self.count(self.draft("Ibuprofen", "400 mg", [{"a": 2}]), truth), (3, 2, 1, 1))
        self.assertEqual(self.count(self.draft("Ibuprofin", "400 mg", None, False), truth), (3, 0, 0, 0))
        self.assertEqual(self.count({}, truth), (3, 0, 0, 0))


class Table(unittest.TestCase):
    figures = [eval_table.Figure("a", "low is good", 5.25, target=5.0), eval_table.Figure("b", "high is good", 95.04, target=95, least=True),
               eval_table.Figure("c", "looked at", 3, "ms"), eval_table.share("d", "a share", 1, 3)]

    def test_reached(self):
        self.assertEqual([f.reached() for f in self.figures], [False, True, None, None])
        self.assertTrue(eval_table.Figure("e", "at the target", 0, target=0).reached())

    def test_table_says_what_was_missed_and_what_was_not_measured(self):
        out = io.StringIO()
        eval_table.put([("One", "engine 1", self.figures), ("Two", "", [])], out)
        self.assertRegex(out.getvalue(), r"low is good +5\.25 % +≤ 5 +NO")
        self.assertRegex(out.getvalue(), r"high is good +95\.0 % +≥ 95 +yes")
        self.assertIn("not measured", out.getvalue())
        self.assertIn("1 of 2 targets are reached", out.getvalue())

    def test_history_is_one_line_a_run(self):
        line = eval_table.history_line([("One", "engine 1", self.figures), ("Two", "engine 2", [])], "2026-01-02", "abc")
        self.assertEqual(line, "2026-01-02\tabc\tengine 1\ta=5.25 b=95.0 c=3 d=33.3\n")
        self.assertEqual(line.count("\t") + 1, len(eval_table.COLUMNS))


class IndianCases(unittest.TestCase):
    def test_file_is_whole(self):
        rows = [line.split("\t") for line in eval_clinic.INDIAN.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        self.assertTrue(all(len(row) == 3 and row[0] and row[2] for row in rows), [row for row in rows if len(row) != 3])
        self.assertEqual(len({tuple(row[:2]) for row in rows}), len(rows), "a case stands there twice")


if __name__ == "__main__":
    unittest.main()
