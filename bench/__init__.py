"""The figures of the benchmarks: how each is defined, and the scripts that make them."""
