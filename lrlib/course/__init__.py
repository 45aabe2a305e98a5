"""What only teaches: answers to exercises, explorers, the museum of broken schedules."""
