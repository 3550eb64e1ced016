"""Timeline pictures of rules, drawn from the engine's own runs.

    python -m docs.timelines            draw all pictures again
    python -m docs.timelines then-next  draw some

A picture's source is `cases/NAME.yaml`: a rule, a few events, and what is worth pointing at. The rule is run over the
events (`play`), the alerts and their moments are placed (`layout`) and written as plain SVG text (`svg`) to
`docs/pictures/NAME.svg`. What a picture says of matches comes from the run alone; a test draws each again and compares.
"""
