"""A lead pipeline whose statuses follow the sales documents by themselves."""

__version__ = "0.1.0"
