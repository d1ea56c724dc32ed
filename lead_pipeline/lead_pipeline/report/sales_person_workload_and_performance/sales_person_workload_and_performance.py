"""The report “Sales Person Workload and Performance”, see `analytics/sales_people.py`."""

from lead_pipeline.analytics.sales_people import REPORT

execute = REPORT.execute
