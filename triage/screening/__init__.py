"""Who may be answered? Machines, impostors, people in danger, topics a letter must not touch. Pure."""
