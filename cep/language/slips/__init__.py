"""The slips people make in rules: each module recognises some where a parse stops, and proposes the repair.

In: a `Trouble`. Out: `Repair`s to try, the most telling first; `recovery` keeps the one that carries the parser on.
Does not: look at text that parses, or decide anything alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cep.language.slips.brackets import stray_bracket, unclosed_bracket
from cep.language.slips.durations import spelt_out_duration, unit_missing
from cep.language.slips.expressions import (
    chained_comparison,
    condition_first,
    foreign_comment,
    foreign_operator,
    missing_value,
    single_equals,
)
from cep.language.slips.order import clause_before_brace, late_mode, parts_out_of_order, stray_within
from cep.language.slips.punctuation import (
    bare_fraction,
    bare_list,
    missing_mark,
    needless_quotes,
    needless_token,
    quotes_missing,
)
from cep.language.slips.steps import (
    foreign_link,
    missing_then,
    missing_type,
    named_absence,
    next_before_without,
    reserved_step_name,
    unnamed_step,
)
from cep.language.slips.words import dashed_name, glued_word, misspelt_word
from cep.language.trouble import Repair, Trouble

SLIPS: tuple[Callable[[Trouble], Iterator[Repair]], ...] = (
    glued_word,
    missing_type,
    missing_then,
    foreign_link,
    reserved_step_name,
    next_before_without,
    named_absence,
    parts_out_of_order,
    late_mode,
    clause_before_brace,
    stray_within,
    spelt_out_duration,
    unit_missing,
    single_equals,
    foreign_operator,
    foreign_comment,
    condition_first,
    chained_comparison,
    missing_value,
    bare_fraction,
    dashed_name,
    misspelt_word,
    bare_list,
    unclosed_bracket,
    stray_bracket,
    quotes_missing,
    needless_quotes,
    unnamed_step,
    missing_mark,
    needless_token,
)
"""In the order of trust: of repairs that carry the parser equally far, the first is taken."""
