"""Made-up counts with a known truth, for demonstration and for tests of the whole."""
