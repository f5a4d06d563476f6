"""Tests of the stand-ins and of the page of phones."""
