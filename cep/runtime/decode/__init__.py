"""Raw records to events: typed decoding, validation, and the reasons why a record is refused.

In: JSON bytes. Out: a struct per event with one attribute per declared field, in run-time form. Every declared field
is decoded and checked, undeclared ones are skipped. Costs: one pass of msgspec and one generated function per event.
"""
