"""What is done after the decision: for each input that was adopted an action, or why there is none."""
