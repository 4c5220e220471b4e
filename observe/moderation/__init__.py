"""Keeping a judgement made by one assessor equal to the same judgement made by another."""
