"""Figures and ratios, each measured beside the bare thing it is compared with, in the same run."""
