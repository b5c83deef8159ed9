"""What do we say? Letters that staff edit, and the notices that no edit can remove."""
