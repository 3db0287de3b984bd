"""Strategy (费控策略): account states, the rule engine, transitions with their values, explain."""
