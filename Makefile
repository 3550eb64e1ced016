# Everything a newcomer or CI needs; each target installs what it uses.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# A restricted number of workers keeps the suite steady on two cores.
JOBS   ?= 2

.PHONY: install demo kafka-demo test lint long pairs bench bench-peers clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -e ".[dev]"
	@touch $@

install: $(VENV)/.installed

demo: install
	$(BIN)/python examples/quickstart/demo.py

# A live alert feed over a real broker: needs Java 17, and Maven, which fetches Kafka on the first run.
kafka-demo: install
	PYTHONPATH=. $(BIN)/python examples/kafka_alert_feed/demo.py

test: install
	$(BIN)/python -m pytest -n $(JOBS) -m "not long"

long: install
	$(BIN)/python -m pytest -n $(JOBS) -m long

# Generated pairs, as many more as asked for, added to the record in tests/generated/runs.json.
COUNT ?= 20000
pairs: install
	$(BIN)/python -m tests.generated --record $(COUNT) --jobs $(JOBS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# A few minutes; figures go to var/bench.
bench: install
	$(BIN)/python -m benchmarks

# The other engines beside it: needs a JDK and Maven, which fetches them on the first run. These are the tables of
# docs/benchmarks.md; `python -m benchmarks.report var/bench` puts them there.
PEERS := $(BIN)/python -m benchmarks.peers
bench-peers: install
	$(PEERS) P1 P2 P4 P5 --events 1000000 --spacing 1 --json var/bench/peers_dense.json
	$(PEERS) P3 P3c P3n --json var/bench/peers_slow.json
	$(PEERS) P3 --spacing 1 --peers flink,esper,loop,arrival --timeout 420 --json var/bench/peers_hot.json
	$(PEERS).delay

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
