"""For rule authors and programs: tests in virtual time."""
