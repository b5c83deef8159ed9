"""The tests, sorted by reach: unit (pure), contract (adapters against real servers), stories (the whole service)."""
