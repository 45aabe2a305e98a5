"""What a training log says of the rates that a run used: read, fitted, compared with what was planned."""
