"""The small form of scripts/soak."""
from harness import needs_hub
from soak import Soak


@needs_hub
def test_a_load_of_all_kinds_of_clients_leaves_nothing_A26_A4(t):
    soak = Soak(t.server, t.tracees, 3, t.seed)
    try:
        failures = soak.run(clients=8, seconds=20)
        assert not failures, failures
        assert len(soak.counts) >= 3, soak.summary()
    finally:
        soak.close()
