"""A made-up day at a bank: a harmless background, injected fraud stories, and the answer key that belongs to them.

`events` has the vocabulary, `story` what a story is; `cards`, `logins`, `accounts`, `transfers` and `deposits` tell the
stories of one subject each; `background` is everybody else; `arrival` turns event time into the order of the file.
Nothing here knows the engine: what a rule must find is worked out from how each story was made.
"""
