"""Tests of the documentation's pictures and of the rules it shows."""
