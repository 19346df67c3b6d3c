"""Rules for shell that shellcheck doesn't have: text from outside is run neither as arithmetic nor as SQL nor as shell."""
