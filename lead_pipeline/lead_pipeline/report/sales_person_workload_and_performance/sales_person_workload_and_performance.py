"""The report “Sales Person Workload and Performance”.

See `analytics/sales_person_workload_and_performance.py`.
"""

from lead_pipeline.analytics.sales_person_workload_and_performance import REPORT

execute = REPORT.execute
