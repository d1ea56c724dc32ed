from setuptools import setup

# Everything about the package stands in pyproject.toml; older versions of bench look for this file.
setup()
