"""Which modules hold a word, while some of them are being saved."""

import pytest
from reloadr._core import Saved, Snapshot, Texts

QUESTIONS = [["rate"], ["tax", "rate"], ["rates.VAT"], ["(", "*"], ["nothing"], ["é"], ["ate"], ["import rate"]]


def text(number, word):
    return Snapshot(f"m{number}.py", f"import {word}\nx{number} = {word}.VAT * {number}\n".encode())


@pytest.mark.parametrize("saves", [1, 3, 40])
def test_of_those_that_are_saved_the_new_text_counts(saves):
    """However many there are, and however often it is asked."""
    words = ["rate", "tax", "é", "conf"]
    running = {number: text(number, words[number % 4]) for number in range(60)}
    texts = Texts()
    for number, each in running.items():
        texts.put(number, number, each)
    for first in range(4):
        news = {number: text(number, words[(number + first) % 4]) for number in range(first, first + saves)}
        saved, by_now = Saved(list(news.items())), {**running, **news}
        for question in QUESTIONS * 4:
            pieces = [each.rpartition(".")[2].encode() for each in question]
            expected = [number for number, each in by_now.items() if any(piece in each.data for piece in pieces)]
            assert texts.mentioning(question, saved) == expected, question
        for number, each in news.items():
            texts.put(number, number, each)
        running = by_now
        assert texts.mentioning(["conf"]) == [number for number, each in running.items() if b"conf" in each.data]
