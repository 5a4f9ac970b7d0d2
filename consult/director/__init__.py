"""The municipality as director of its partners: shared goals, agreements, reports, and the account."""
