"""consult: interactive policy rounds, from an opening question to a draft that shows its sources."""

RELEASE = "0.1.0"
