"""How each claim is measured: functions without arguments, one a claim, registered by `claims.measures`."""
