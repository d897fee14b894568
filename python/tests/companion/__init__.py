"""What tests of the companion share."""
