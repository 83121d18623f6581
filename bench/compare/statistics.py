#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""statistics.py - what two sets of times, or one series over time, say. SciPy does the maths.

SciPy rather than GSL: it has the exact Mann-Whitney test (the one Google Benchmark's own compare
uses), bootstrap intervals and the energy distance; GSL would leave the ranks to us.

    statistics.py compare FILE    {"rows": [{"name", "a": [..], "b": [..]}]}  ->  verdicts
    statistics.py noise FILE      the same of one program twice            ->  smallest changes
    statistics.py changes FILE    {"series": [{"name", "values": [..]}]}      ->  change points

Deterministic: the same file gives the same answer; resampling starts from one seed.

R1  A difference needs two things: a Mann-Whitney test that is significant at 5 % after Holm's
    correction over all rows, and a ratio of medians beyond the row's noise floor.
R2  The noise floor is the wider of 2 % and half the 95 % interval of A's median: what A does not
    know of itself is no news about B.
R3  A change point is where E-divisive puts it (largest energy distance between the two sides);
    it stands if Welch's t-test is significant at 0.1 % and the means differ by 1 % or more.
R4  The smallest change that can be seen, from runs of one program against itself: the noise floor
    or, where it is more, what the ratio of medians of so many samples exceeds by chance once in
    twenty times.
"""
import json
import sys
import warnings

import numpy
from scipy import stats

ALPHA = 0.05
FLOOR = 0.02
MIN_SAMPLES = 5  # fewer cannot be significant, whatever they are
MAX_EXACT = 50
RESAMPLES = 2000
SEED = 20260131

CHANGE_ALPHA = 0.001
CHANGE_FLOOR = 0.01
MIN_SEGMENT = 3


def interval(samples, statistic):
    """95 % by resampling; of samples that are all alike, that value."""
    if all(numpy.ptp(sample) == 0 for sample in samples):
        value = float(statistic(*samples, axis=-1))
        return value, value
    found = stats.bootstrap(samples, statistic, n_resamples=RESAMPLES, paired=False,
                            vectorized=True, method="percentile", random_state=SEED)
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def median(x, axis=-1):
    return numpy.median(x, axis=axis)


def ratio(b, a, axis=-1):
    return numpy.median(b, axis=axis) / numpy.median(a, axis=axis)


def rank_test(a, b):
    """Exact where it can be: no value twice, and not so many that it takes long."""
    both = numpy.concatenate((a, b))
    exact = len(numpy.unique(both)) == len(both) and max(len(a), len(b)) <= MAX_EXACT
    method = "exact" if exact else "asymptotic"
    return float(stats.mannwhitneyu(a, b, alternative="two-sided", method=method).pvalue)


def measure(row):
    """Medians, intervals and the test of one row, before any verdict."""
    a, b = numpy.array(row["a"], float), numpy.array(row["b"], float)
    out = {"name": row["name"], "nr_a": len(a), "nr_b": len(b)}
    if min(len(a), len(b)) < MIN_SAMPLES or min(a.min(), b.min()) <= 0:
        return {**out, "verdict": "too few samples"}
    out["a"], out["b"] = float(median(a)), float(median(b))
    out["ratio"] = out["b"] / out["a"]
    out["ratio_low"], out["ratio_high"] = interval((b, a), ratio)
    low, high = interval((a,), median)
    out["floor"] = max(FLOOR, (high - low) / 2 / out["a"])
    out["p"] = rank_test(a, b)
    return out


def correct(rows):
    """Holm: the smallest p counts as often as there are rows, the next once less ..."""
    worst = 0.0
    order = sorted((row for row in rows if "p" in row), key=lambda row: row["p"])
    for i, row in enumerate(order):
        worst = max(worst, min(1.0, row["p"] * (len(order) - i)))
        row["p_corrected"] = worst


def evaluate(row):
    if "p" not in row:
        return
    row["verdict"] = "no difference"
    if row["p_corrected"] < ALPHA and row["ratio"] > 1 + row["floor"]:
        row["verdict"] = "slower"
    if row["p_corrected"] < ALPHA and row["ratio"] < 1 / (1 + row["floor"]):
        row["verdict"] = "faster"
    if row["verdict"] != "no difference":
        row["confidence"] = 1 - row["p_corrected"]


def compare(asked):
    rows = [measure(row) for row in asked["rows"]]
    correct(rows)
    for row in rows:
        evaluate(row)
    return {"rows": rows}


def smallest_change(row):
    """R4, as a part of the median; resampling takes two sets from all that were measured."""
    both = numpy.array(row["a"] + row["b"], float)
    random = numpy.random.default_rng(SEED)
    sets = random.choice(both, size=(2, RESAMPLES, min(len(row["a"]), len(row["b"]))))
    medians = numpy.median(sets, axis=2)
    return float(numpy.exp(numpy.quantile(numpy.abs(numpy.log(medians[1] / medians[0])), 0.95)) - 1)


def noise(asked):
    verdicts = compare(asked)["rows"]
    for row, verdict in zip(asked["rows"], verdicts):
        if "floor" in verdict:
            verdict["smallest"] = max(verdict["floor"], smallest_change(row))
    return {"rows": verdicts}


def split(values, start, end):
    """The best place to cut values[start:end] in two, and None when it is too short."""
    best, where = 0.0, None
    for cut in range(start + MIN_SEGMENT, end - MIN_SEGMENT + 1):
        n, m = cut - start, end - cut
        distance = stats.energy_distance(values[start:cut], values[cut:end])
        weight = n * m / (n + m) * distance * distance
        if weight > best:
            best, where = weight, cut
    return where


def significant(left, right):
    before, after = float(numpy.mean(left)), float(numpy.mean(right))
    if before == after or abs(after - before) < CHANGE_FLOOR * abs(before):
        return False
    if numpy.ptp(left) == 0 and numpy.ptp(right) == 0:
        return True  # exact counts: no variance, and not the same
    return bool(stats.ttest_ind(left, right, equal_var=False).pvalue < CHANGE_ALPHA)


def change_points(values, start, end):
    where = split(values, start, end)
    if where is None or not significant(values[start:where], values[where:end]):
        return []
    return change_points(values, start, where) + [where] + change_points(values, where, end)


def describe(values, points):
    """Each with the means of the stretches before and behind it."""
    edges = [0] + points + [len(values)]
    found = []
    for i, at in enumerate(points):
        before = float(numpy.mean(values[edges[i]:at]))
        after = float(numpy.mean(values[at:edges[i + 2]]))
        found.append({"at": at, "before": before, "after": after})
    return found


def changes(asked):
    out = []
    for series in asked["series"]:
        values = numpy.array(series["values"], float)
        points = change_points(values, 0, len(values))
        out.append({"name": series["name"], "changes": describe(values, points)})
    return {"series": out}


def main():
    commands = {"compare": compare, "noise": noise, "changes": changes}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit("usage: statistics.py compare|noise|changes FILE")
    warnings.simplefilter("ignore")  # of samples that are all alike
    with open(sys.argv[2], encoding="utf-8") as file:
        asked = json.load(file)
    json.dump(commands[sys.argv[1]](asked), sys.stdout)
    print()


if __name__ == "__main__":
    main()
