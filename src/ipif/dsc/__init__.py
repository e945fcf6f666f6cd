"""Command resources for Desired State Configuration (DSC) version 3.

DSC runs ``ipif dsc RESOURCE METHOD`` with an instance as JSON on standard input. ``manifests`` has
the resources and what tells DSC about them, ``schemas`` describes their instances. ``interface``
and ``interface_list`` are the two resources; ``methods`` is what DSC does with an instance of
either.
"""
