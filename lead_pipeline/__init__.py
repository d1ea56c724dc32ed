"""A lead pipeline whose statuses follow the sales documents by themselves."""

__version__ = "0.2.0"

from lead_pipeline.framework import old_paths

old_paths.install()
