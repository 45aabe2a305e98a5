"""lrlib: learning-rate schedules as pure functions, and honest evidence about them."""
