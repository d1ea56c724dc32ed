"""Visitors, mails, desk users and sellers at once, over HTTP and real queues.

`python3 -m sandbox load` runs it; `README.md` of `benchmarks/` says more.
"""
