# SPDX-License-Identifier: GPL-3.0-or-later
"""The text format of Prometheus 0.0.4, read strictly: what is wrong with a text is an AssertionError.

    families = read(text)
    families["opec_answers_total"].values[(("class", "2xx"),)]
"""
import math
import re
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf'({NAME})(?:\{{(.*)\}})? (\S+)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
ENDINGS = {"counter": ("",), "gauge": ("",), "summary": ("", "_sum", "_count"), "histogram": ("_bucket", "_sum", "_count")}


@dataclass
class Family:
    kind: str
    values: dict = field(default_factory=dict)      # of the samples named as the family, by their labels
    more: dict = field(default_factory=dict)        # of the others, by ending and labels


def _labels(text):
    found, at = [], 0
    while at < len(text):
        one = LABEL.match(text, at)
        assert one, f"no label: {text[at:]}"
        found.append((one[1], one[2]))
        at = one.end()
    assert len({name for name, _ in found}) == len(found), f"a label twice: {text}"
    return tuple(found)


def _check_histogram(name, family):
    """Bounds rise and end with +Inf, counts do not fall, and the last is the count."""
    series = {}
    for (ending, labels), value in family.more.items():
        if ending == "_bucket":
            *rest, (le, bound) = labels
            assert le == "le", f"{name}: {labels}"
            series.setdefault(tuple(rest), []).append((math.inf if bound == "+Inf" else float(bound), value))
    assert set(series) == {labels for ending, labels in family.more if ending == "_sum"}, name
    for labels, buckets in series.items():
        bounds, counts = zip(*buckets)
        assert list(bounds) == sorted(set(bounds)) and bounds[-1] == math.inf, f"{name} {labels}: {bounds}"
        assert list(counts) == sorted(counts), f"{name} {labels}: {counts}"
        assert family.more["_count", labels] == counts[-1], f"{name} {labels}"


def read(text):
    """{name: Family} of all that is in the text."""
    assert text.endswith("\n") and "\r" not in text
    families, helped, name = {}, set(), None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "#":
            what, name, words = (rest + " ").split(" ", 2)
            assert re.fullmatch(NAME, name) and words.strip(), line
            if what == "HELP":
                assert name not in helped, f"twice: {line}"
                helped.add(name)
            else:
                assert what == "TYPE" and name in helped and name not in families and words.strip() in ENDINGS, line
                families[name] = Family(words.strip())
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample and name in families and sample[1].startswith(name), f"no sample of {name}: {line}"
        ending, labels = sample[1].removeprefix(name), _labels(sample[2] or "")
        assert ending in ENDINGS[families[name].kind], line
        place, key = (families[name].values, labels) if ending == "" else (families[name].more, (ending, labels))
        assert key not in place, f"twice: {line}"
        place[key] = float(sample[3])
    for name, family in families.items():
        if family.kind == "histogram":
            _check_histogram(name, family)
    return families
