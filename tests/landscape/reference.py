"""The statistics of a landscape once more, cell by cell and dense, written from the formulas and sharing no line."""

import math

import numpy as np


def dense(votes):
    table = np.full((len(votes.participants), len(votes.statements)), np.nan)
    matrix = votes.matrix
    for i in range(len(votes.participants)):
        for place in range(matrix.indptr[i], matrix.indptr[i + 1]):
            table[i, matrix.indices[place]] = matrix.data[place]
    return table


def means(table):
    return np.array([column[~np.isnan(column)].mean() if (~np.isnan(column)).any() else 0.0 for column in table.T])


def axes(table, wanted=2):
    filled = np.where(np.isnan(table), means(table), table)
    _left, values, right = np.linalg.svd(filled - means(table), full_matrices=False)
    vectors = right[:wanted].T.copy()
    for column in vectors.T:
        if column[np.argmax(np.abs(column))] < 0:
            column[:] = -column
    return vectors, (values**2 / (values**2).sum())[:wanted]


def places(table, vectors, refused=0):
    middle, answer = means(table), []
    for row in table:
        seen = ~np.isnan(row)
        n = max(1, seen.sum() + refused)
        answer.append(math.sqrt((len(row) + refused) / n) * ((row[seen] - middle[seen]) @ vectors[seen]))
    return np.array(answer)


def extremity(table, vectors, refused=0):
    return [
        math.sqrt(table.shape[1] + refused) * (1 - m) * math.hypot(*c[:2])
        for m, c in zip(means(table), vectors, strict=True)
    ]


def counted(table, members, group):
    rows = table[members == group] if group is not None else table[members >= 0]
    return [((c == 1).sum(), (c == 0).sum(), (c == -1).sum()) for c in rows.T]


def tests(table, members, group, j, direction):
    agreed, passed, disagreed = counted(table, members, group)[j]
    all_agreed, all_passed, all_disagreed = counted(table, members, None)[j]
    n = agreed + passed + disagreed
    m = all_agreed + all_passed + all_disagreed - n
    mine = agreed if direction > 0 else disagreed
    theirs = (all_agreed if direction > 0 else all_disagreed) - mine
    p, other = (mine + 1) / (n + 2), (theirs + 1) / (m + 2)
    z = 2 * math.sqrt(n + 1) * ((mine + 1) / (n + 1) - 0.5)
    f1, f2 = (mine + 1) / (n + 1), (theirs + 1) / (m + 1)
    f = (mine + 1 + theirs + 1) / (n + 1 + m + 1)
    between = 0.0 if f == 1 else (f1 - f2) / math.sqrt(f * (1 - f) * (1 / (n + 1) + 1 / (m + 1)))
    return p, z, p / other, between


def representative(table, members, group):
    kept, best = [], None
    for j, (agreed, _passed, disagreed) in enumerate(counted(table, members, group)):
        told = {d: tests(table, members, group, j, d) for d in (1, -1)}
        direction = 1 if told[1][3] > told[-1][3] else -1
        p, z, ratio, between = told[direction]
        if z > 1.2816 and between > 1.2816:
            kept.append((ratio * between * p * z, j, direction))
        p, z, ratio, between = told[1]
        whole, plain = ratio * between * p * z, p * z
        if agreed + disagreed == 0:
            continue
        if best is None:
            wins = z > 1.2816 or (ratio > 1 and p > 0.5)
        else:
            wins = whole > best[2] if best[1] > 1 else plain > best[3]
        if wins:
            best = (j, ratio, whole, plain)
    kept.sort(key=lambda one: (-one[0], one[1]))
    if best:
        kept = [(0, best[0], 1)] + [one for one in kept if one[1] != best[0]]
    kept = kept[:5]
    return [(j, 1) for _w, j, d in kept if d > 0] + [(j, -1) for _w, j, d in kept if d < 0]


def majority(table, direction):
    found = []
    for j, column in enumerate(table.T):
        n, chosen = (~np.isnan(column)).sum(), (column == direction).sum()
        p, z = (chosen + 1) / (n + 2), 2 * math.sqrt(n + 1) * ((chosen + 1) / (n + 1) - 0.5)
        if p > 0.5 and z > 1.2816:
            found.append((-p * z, j))
    return [j for _weight, j in sorted(found)[:5]]


def consensus(table, members, direction):
    answer = np.ones(table.shape[1])
    for group in sorted({int(g) for g in members if g >= 0}):
        for j, (agreed, passed, disagreed) in enumerate(counted(table, members, group)):
            chosen = agreed if direction > 0 else disagreed
            answer[j] *= (chosen + 1) / (agreed + passed + disagreed + 2)
    return answer


def priority(agreed, passed, disagreed, extreme):
    s = agreed + passed + disagreed
    a, p = (agreed + 1) / (s + 2), (passed + 1) / (s + 2)
    return ((1 - p) * (extreme + 1) * a * (1 + 8 * 2 ** (-s / 5))) ** 2
