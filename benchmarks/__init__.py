"""How fast is it, and how do others do the same job? ``python -m benchmarks --help``.

Nothing here is part of the product. Everything runs on servers of its own, in ``.local-bench``.
"""
