"""The report “Lost Reasons”, see `analytics/lost_reasons.py`."""

from lead_pipeline.analytics.lost_reasons import REPORT

execute = REPORT.execute
