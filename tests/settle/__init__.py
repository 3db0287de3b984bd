"""Tests of settlement: prices, fees, the ledger and the comparison."""
