"""The small forms of scripts/soak."""
from harness import needs_hub
from soak import Soak
from storm import Storm


@needs_hub
def test_a_load_of_all_kinds_of_clients_leaves_nothing_A26_A4(t):
    soak = Soak(t.server, t.tracees, 3, t.seed)
    try:
        failures = soak.run(clients=8, seconds=20)
        assert not failures, failures
        assert len(soak.counts) >= 3, soak.summary()
    finally:
        soak.close()


@needs_hub
def test_a_storm_of_eight_engines_loses_no_stop_and_leaves_nothing_A10_A22_A26_A27(t):
    storm = Storm(t.server, t.tracees, 3, t.seed)
    try:
        failures = storm.run(clients=8, seconds=20)
        assert not failures, failures
        assert {"^C", "fork", "exec", "kill -9", "log", "raw"} <= storm.counts.keys(), storm.summary()
    finally:
        storm.close()
