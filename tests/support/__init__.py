"""What the tests stand on: real servers, fakes with behaviour, builders that read as words."""
