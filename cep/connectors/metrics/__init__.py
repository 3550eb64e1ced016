"""Numbers and health of a run over HTTP.

In: a meter and a health (`cep.runtime.metrics`). Out: `/metrics` in the text formats of Prometheus, `/healthz`,
`/readyz`, from a thread of its own. Needs the extra `metrics`, whose client writes the formats and adds the numbers of
the process; it takes no part in the work of the loop.
"""
