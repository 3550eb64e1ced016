"""Misspelt keywords."""

from __future__ import annotations

from collections.abc import Iterator

from cep.language.spelling import nearest
from cep.language.trouble import CLAUSE_WORDS, ITEM_WORDS, Repair, Trouble


def misspelt_word(trouble: Trouble) -> Iterator[Repair]:
    """`severty high`, `whre x > 1`, `evnt A {`. A misspelt keyword may have passed as a name one or two words ago."""
    for index in (trouble.at, trouble.at - 1, trouble.at - 2):
        if index < trouble.start or not trouble.is_word(index) or trouble.text(index).startswith("`"):
            continue
        word = trouble.text(index)
        fitting = trouble.automaton.words(trouble.automaton.acceptable(trouble.states_at(index)))
        meant = nearest(word, fitting)
        if meant is None or meant == word:
            continue
        yield Repair(
            index,
            index + 1,
            (trouble.tokens[index]._replace(text=meant),),
            "E0107",
            _message(trouble, index, fitting),
            trouble.span(index),
            f"did you mean `{meant}`?",
            sure=index == trouble.at,
        )


def _message(trouble: Trouble, index: int, fitting: list[str]) -> str:
    word = trouble.tokens[index].shown
    if index == trouble.start and CLAUSE_WORDS.issubset(fitting):
        return f"a rule has no clause `{word}`"
    if index == trouble.start and ITEM_WORDS.issubset(fitting):
        return f"a file has no declaration `{word}`"
    return f"`{word}` does not fit here"
