"""`python -m cep`: the command line."""

from cep.cli.main import entry

entry()
