#!/usr/bin/env python3
"""Makes the clinic's trigram language model and pronunciations from doctor-patient dialogues.

    build_lm.py text  MTS.csv... ACI.csv...            > sentences.txt
    build_lm.py words sentences.txt cmudict.dict       > missing.txt    (words that need a pronunciation)
    build_lm.py dict  missing.txt                      > clinic.dict    (through espeak-ng, see arpabet())
    build_lm.py arpa  sentences.txt DICT...            > clinic.arpa    (interpolated Kneser-Ney, pruned)

Only sentences.txt to clinic.arpa is a derived work of the texts; their licence (CC BY 4.0) and authors are named in
src/media/data/README. Run by hand when the texts change; the build only packs clinic.arpa.
"""
import collections
import csv
import math
import re
import subprocess
import sys

SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
         "seventeen eighteen nineteen").split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
SPOKEN = {"mr": "mister", "mrs": "missus", "dr": "doctor", "ms": "miss", "mg": "milligrams", "mcg": "micrograms", "ml": "milliliters",
          "%": "percent", "&": "and", "lbs": "pounds", "vs": "versus", "+": "plus", "ok": "okay", "alright": "alright"}


def number(n):
    if n < 20:
        return [SMALL[n]]
    if n < 100:
        return [TENS[n // 10]] + ([SMALL[n % 10]] if n % 10 else [])
    if n < 1000:
        return [SMALL[n // 100], "hundred"] + (number(n % 100) if n % 100 else [])
    if 1900 <= n < 2100 and n not in range(2000, 2010):
        return number(n // 100) + (number(n % 100) if n % 100 >= 10 else ["oh", SMALL[n % 100]] if n % 100 else ["hundred"])
    if n < 1000000:
        return number(n // 1000) + ["thousand"] + (number(n % 1000) if n % 1000 else [])
    return [SMALL[int(d)] for d in str(n)]


def spoken(text):
    """One written sentence as the words a speaker says."""
    text = text.lower().replace("\u2019", "'").replace("`", "'")
    text = re.sub(r"(\w) (n't|'s|'m|'re|'ve|'ll|'d)\b", r"\1\2", text)
    text = re.sub(r"\b(gon|wan|got) (na|ta)\b", r"\1\2", text)
    text = re.sub(r"(\d),(\d{3})\b", r"\1\2", text)
    text = re.sub(r"(\d+)\s*/\s*(\d+)", r"\1 over \2", text)
    text = re.sub(r"(\d)\.(\d+)", lambda m: m[1] + " point " + " ".join(m[2]), text)
    text = re.sub(r"(\d+)(st|nd|rd|th)\b", r"\1", text)
    text = re.sub(r"(\d)([a-z])", r"\1 \2", text)
    text = re.sub(r"([a-z])(\d)", r"\1 \2", text)
    words = []
    for word in re.findall(r"[a-z']+(?:-[a-z']+)*|\d+|[%&+]", text):
        word = word.strip("'-") if word not in ("'cause",) else word
        if word.isdigit():
            words += number(int(word)) if len(word) <= 6 else [SMALL[int(d)] for d in word]
        elif word:
            words.append(SPOKEN.get(word, word))
    return words


def sentences_of(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for turn in row["dialogue"].splitlines():
                turn = re.sub(r"^\s*(\[\w+\]|[A-Z][\w ]{0,20}:)\s*", "", turn)
                for sentence in re.split(r"(?<=[.?!])\s+", turn):
                    words = spoken(sentence)
                    if words:
                        yield words


def dictionary(paths):
    known = set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            known.update(line.split()[0] for line in file if line.strip() and "(" not in line.split()[0])
    return known


def in_vocabulary(words, known):
    """Hyphenated words fall apart unless the dictionary has them whole."""
    for word in words:
        if word in known or "-" not in word:
            yield word
        else:
            yield from (part.strip("'") for part in word.split("-") if part.strip("'"))


# espeak-ng's phoneme mnemonics (-x) for American English, longest first, in the phones of the acoustic model.
PHONES = [("tS", "CH"), ("dZ", "JH"), ("aI@", "AY ER"), ("aI3", "AY ER"), ("aU@", "AW ER"), ("i@3", "IH R"), ("i@", "IY AH"), ("aI", "AY"), ("aU", "AW"),
          ("eI", "EY"), ("OI", "OY"), ("oU", "OW"), ("A@", "AA R"), ("O@", "AO R"), ("o@", "AO R"), ("e@", "EH R"), ("U@", "UH R"),
          ("3:", "ER"), ("A:", "AA"), ("O:", "AO"), ("u:", "UW"), ("i:", "IY"), ("aa", "AE"), ("@L", "AH L"), ("I2", "IH"), ("I#", "IH"),
          ("@5", "AH"), ("a#", "AH"), ("@2", "AH"), ("0#", "AA"), ("E#", "EH"), ("U2", "UH"), ("n-", "AH N"), ("t#", "T"), ("t2", "T"), ("d#", "D"), ("r-", "R"), ("l^", "L"),
          ("3", "ER"), ("a", "AE"), ("A", "AA"), ("@", "AH"), ("0", "AA"), ("E", "EH"), ("I", "IH"), ("i", "IY"), ("O", "AO"),
          ("U", "UH"), ("u", "UW"), ("V", "AH"), ("o", "OW"), ("e", "EY"), ("b", "B"), ("d", "D"), ("D", "DH"), ("f", "F"), ("g", "G"), ("h", "HH"),
          ("j", "Y"), ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N"), ("N", "NG"), ("p", "P"), ("r", "R"), ("s", "S"), ("S", "SH"),
          ("t", "T"), ("T", "TH"), ("v", "V"), ("w", "W"), ("z", "Z"), ("Z", "ZH"), ("x", "K"), ("?", "T"), ("*", "T")]


def arpabet(word):
    said = subprocess.run(["espeak-ng", "-q", "-x", "-v", "en-us", word], capture_output=True, text=True, check=True).stdout
    said = re.sub(r"[',%=_|~;\s!]", "", said)
    phones = []
    while said:
        for mnemonic, phone in PHONES:
            if said.startswith(mnemonic):
                phones.append(phone)
                said = said[len(mnemonic):]
                break
        else:
            said = said[1:]
    return " ".join(phones)


class Model:
    """Interpolated modified-discount-free Kneser-Ney of order three (one discount an order), trigrams seen once dropped."""

    def __init__(self, sentences, keep_trigrams=2, keep_bigrams=1):
        self.counts = [None, collections.Counter(), collections.Counter(), collections.Counter()]
        for words in sentences:
            padded = ["<s>"] + words + ["</s>"]
            for n in (2, 3):
                self.counts[n].update(tuple(padded[i:i + n]) for i in range(len(padded) - n + 1))
        lower = collections.Counter(gram[1:] for gram in self.counts[3])
        for gram, count in self.counts[2].items():  # nothing can stand before <s>: its raw count serves
            if gram[0] == "<s>":
                lower[gram] = count
        self.bigrams = lower
        self.unigrams = collections.Counter(gram[1] for gram in self.counts[2])
        self.keep = {gram for gram, count in self.counts[3].items() if count >= keep_trigrams}
        needed = {gram[:2] for gram in self.keep}
        self.keep2 = {g for g in self.bigrams if self.counts[2][g] >= keep_bigrams or g in needed}
        self.discounts = {n: self.discount(c.values()) for n, c in ((1, self.unigrams), (2, self.bigrams), (3, self.counts[3]))}
        self.history = {2: collections.Counter(), 3: collections.Counter()}
        self.kinds = {2: collections.Counter(), 3: collections.Counter()}
        for n, grams in ((2, self.bigrams), (3, self.counts[3])):
            for gram, count in grams.items():
                self.history[n][gram[:-1]] += count
                self.kinds[n][gram[:-1]] += 1
        self.total = sum(self.unigrams.values())

    @staticmethod
    def discount(values):
        times = collections.Counter(values)
        return times[1] / (times[1] + 2 * times[2]) if times[1] else 0.5

    def p1(self, word):
        floor = self.discounts[1] * len(self.unigrams) / self.total / len(self.unigrams)
        return max(self.unigrams[word] - self.discounts[1], 0) / self.total + floor

    def p2(self, a, b):
        seen = self.history[2][(a,)]
        if not seen:
            return self.p1(b)
        left = self.discounts[2] * self.kinds[2][(a,)] / seen
        return max(self.bigrams[(a, b)] - self.discounts[2], 0) / seen + left * self.p1(b)

    def p3(self, a, b, c):
        seen = self.history[3][(a, b)]
        if not seen:
            return self.p2(b, c)
        left = self.discounts[3] * self.kinds[3][(a, b)] / seen
        return max(self.counts[3][(a, b, c)] - self.discounts[3], 0) / seen + left * self.p2(b, c)

    def write(self, out):
        """ARPA form. Back-off weights are computed so that every history sums to one with what was kept."""
        vocabulary = sorted(self.unigrams | collections.Counter({"<s>": 1}))
        p2 = {gram: self.p2(*gram) for gram in self.keep2}
        p3 = {gram: self.p3(*gram) for gram in self.keep}
        mass2, low2, mass3, low3 = (collections.Counter() for _ in range(4))
        for (a, b), p in p2.items():
            mass2[a] += p
            low2[a] += self.p1(b)
        for (a, b, c), p in p3.items():
            mass3[(a, b)] += p
            low3[(a, b)] += p2[(b, c)] if (b, c) in p2 else self.p1(c)

        def backoff(mass, low):
            return math.log10(max(1 - mass, 1e-6) / max(1 - low, 1e-6))

        out.write("\\data\\\nngram 1=%d\nngram 2=%d\nngram 3=%d\n\n\\1-grams:\n" % (len(vocabulary), len(p2), len(p3)))
        for word in vocabulary:
            p = -99 if word == "<s>" else math.log10(self.p1(word))
            out.write("%.3f\t%s\t%.3f\n" % (p, word, backoff(mass2[word], low2[word]) if mass2[word] else 0))
        out.write("\n\\2-grams:\n")
        for gram in sorted(p2):
            weight = backoff(mass3[gram], low3[gram]) if mass3[gram] else 0
            out.write("%.3f\t%s %s\t%.3f\n" % (math.log10(p2[gram]), *gram, weight))
        out.write("\n\\3-grams:\n")
        for gram in sorted(p3):
            out.write("%.3f\t%s %s %s\n" % (math.log10(p3[gram]), *gram))
        out.write("\n\\end\\\n")


def main():
    command, args = sys.argv[1], sys.argv[2:]
    if command == "text":
        for path in args:
            for words in sentences_of(path):
                print(" ".join(words))
    elif command == "words":
        known = dictionary(args[1:])
        with open(args[0], encoding="utf-8") as file:
            seen = collections.Counter(w for line in file for w in in_vocabulary(line.split(), known))
        for word, count in sorted(seen.items()):
            if word not in known and count >= 2 and len(word) > 2:
                print(word, count)
    elif command == "dict":
        with open(args[0], encoding="utf-8") as file:
            for line in file:
                word = line.split()[0]
                print(word, arpabet(word))
    elif command == "arpa":
        known = dictionary(args[1:])
        with open(args[0], encoding="utf-8") as file:
            lines = [list(in_vocabulary(line.split(), known)) for line in file]
        kept = []
        for words in lines:  # a word without pronunciation cuts its sentence
            part = []
            for word in words + [None]:
                if word in known:
                    part.append(word)
                elif part:
                    kept.append(part)
                    part = []
        Model(kept).write(sys.stdout)


if __name__ == "__main__":
    main()
