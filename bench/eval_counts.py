"""How right and wrong are counted: the functions behind the figures of `make eval`. tests/unit/test_eval_counts.py checks them."""
import collections
import re


def distance(a, b):
    """Letters or words to insert, remove or replace to make b of a."""
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


def spoken(text):
    """The words of a transcript as they are compared: lower case, no punctuation, "-" parts words."""
    return re.sub(r"[^a-z0-9' ]", " ", text.lower().replace("-", " ")).split()


def tokens(text):
    """The words of a note as ROUGE compares them: runs of letters and digits in lower case, no stemming."""
    return re.findall(r"[a-z0-9]+", text.lower())


def f1(same, have, want):
    return 0.0 if same == 0 else 2 * same / (have + want)


def rouge_n(have, want, n):
    a = collections.Counter(zip(*[have[i:] for i in range(n)]))
    b = collections.Counter(zip(*[want[i:] for i in range(n)]))
    return f1(sum((a & b).values()), sum(a.values()), sum(b.values()))


def rouge_l(have, want):
    """By the longest common subsequence of the whole note."""
    row = [0] * (len(want) + 1)
    for x in have:
        before = 0
        for i, y in enumerate(want, 1):
            above = row[i]
            row[i] = before + 1 if x == y else max(row[i], row[i - 1])
            before = above
    return f1(row[-1], len(have), len(want))


def medicines(text, names):
    return {w for w in tokens(text) if w in names}


def unsupported_numbers(text, source):
    """Numbers in digits that the source does not have."""
    return {w for w in tokens(text) if w[0].isdigit()} - set(tokens(source))


class Score:
    """Right and asked answers by field."""

    def __init__(self):
        self.right, self.all = collections.Counter(), collections.Counter()

    def add(self, field, ok):
        self.all[field] += 1
        self.right[field] += bool(ok)

    def total(self):
        return sum(self.right.values()), sum(self.all.values())
