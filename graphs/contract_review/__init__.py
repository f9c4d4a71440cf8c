"""Contract review: clauses against a playbook; flagged ones go to a lawyer, what comes of it is a redline."""
