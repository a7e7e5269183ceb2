"""Who takes part: candidates, users with their roles, cohorts, and the rules for a holder's name."""
