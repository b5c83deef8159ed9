"""The values everybody speaks in: email, submission, match, signal, decision, reply.

Nothing in here does I/O, reads a clock or makes a random number: time and ids are arguments.
"""
