"""What was measured elsewhere, or takes longer than a lesson may: stored sweeps, laws of loss curves."""
