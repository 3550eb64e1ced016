"""Every code of the parser, with what it stands for. A code is stable: it keeps its meaning and is never used again."""

from __future__ import annotations

SYNTAX_CODES: dict[str, str] = {
    "E0100": "something else is expected here",
    "E0101": "a step lacks its `then`",
    "E0102": "`=` stands for `==`, or `==` for `=`",
    "E0103": "`within` is in the wrong place",
    "E0104": "a text has quotes of another kind",
    "E0105": "a duration is not written as one",
    "E0106": "steps are linked by other words than `then` and `without`",
    "E0107": "a keyword is misspelt",
    "E0108": "a number or keyword is glued to what follows it",
    "E0109": "a bracket is not closed",
    "E0110": "a quote is not closed",
    "E0111": "an operator or form of another language",
    "E0112": "a character that is not part of the language",
    "E0113": "the text nests too deep",
    "E0114": "a bracket closes nothing",
    "E0115": "a part is written twice",
    "E0116": "a step bears a reserved name",
    "E0117": "a value or type is missing",
    "E0118": "parts are in the wrong order",
    "E0119": "a step lacks its name, or an absence has one",
    "E0120": "a literal means nothing",
    "E0121": "a clause or `module` stands where it cannot",
    "E0122": "comparisons are chained",
    "E0123": "a mark is missing, or something is one too many",
    "E0124": "quotes are missing, or needless",
    "E0125": "a comment of another language",
    "E0126": "a name has a dash in it",
    "E0199": "the file has too many slips to be read on",
}
