"""What rings a worker's bell. The ledger is the truth: a bell may be lost, late or doubled."""
