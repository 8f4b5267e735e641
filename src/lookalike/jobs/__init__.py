"""Jobs that survive: a ledger of tasks, workers that claim them, a sweeper that repairs what broke."""
