"""The report “Channel Effectiveness”, see `analytics/channel_effectiveness.py`."""

from lead_pipeline.analytics.channel_effectiveness import REPORT

execute = REPORT.execute
