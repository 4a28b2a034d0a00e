"""Find out what the tests would not notice: mutants, and which of them survive."""
