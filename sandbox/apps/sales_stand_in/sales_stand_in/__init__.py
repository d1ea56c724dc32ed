"""Sales Stand-in: Customer to Sales Invoice in ERPNext's shape.

For demonstration and tests only.
"""

__version__ = "0.1.0"
