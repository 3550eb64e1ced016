"""Resolved expressions as Python source text: `walk` looks at them, `source` writes them."""
