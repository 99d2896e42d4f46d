"""The cadence and conditions of a survey as a compact model (placeholder until its helper lands)."""
