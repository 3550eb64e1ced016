"""The run-time library of generated code: what the built-in functions and operators of the language do.

The functions here know nothing of rules. They raise `ArithmeticError` or `ValueError` on trouble (division by zero,
overflow, an invalid cast); `runtime_namespace` wraps them so that trouble gives null and is counted.
"""

from cep.plan.functions.namespace import runtime_namespace, value_names
from cep.plan.functions.python import ErrorCounter

__all__ = ["ErrorCounter", "runtime_namespace", "value_names"]
