"""The report “Channel Effectiveness”, see `analytics/channels.py`."""

from lead_pipeline.analytics.channels import REPORT

execute = REPORT.execute
