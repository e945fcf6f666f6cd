"""How Sphinx builds the documentation: see tools/docs.py."""

import os
import sys
from pathlib import Path

os.environ["IPIF_BACKEND"] = "simulated"
sys.path.insert(0, str(Path(__file__).parent / "extensions"))

import ipif

project = "ipif"
author = "The ipif authors"
copyright = author
version = release = ipif.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "generated_reference",
]
exclude_patterns = ["extensions"]

# Markdown
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Docstrings
add_module_names = False
autodoc_member_order = "groupwise"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # a docstring may list attributes that have docstrings themselves
napoleon_custom_sections = ["Source"]
python_use_unqualified_type_names = True
python_display_short_literal_types = True
maximum_signature_line_length = 88

# Types in signatures are names of other projects, or types that only checkers see. What is not in
# this list must lead somewhere.
nitpick_ignore_regex = [
    ("py:class", r"(Any|Mapping|Sequence|Iterable|Iterator|AsyncIterator|Callable|Literal|Self)"),
    ("py:class", r"(SupportsIndex|TracebackType|NoReturn|ClassVar|Final|TypeAlias)"),
    (
        "py:class",
        r"(AnyAddress|Address|Family|Interface|InterfaceChanges|RowChange|State|Snapshot)",
    ),
    ("py:class", r"(MIB_\w+|InitializedInterfaceRow|Row|Report|Deadline|Journal|DesiredRow|Block)"),
    ("py:class", r"(IPv[46](Address|Network)|UUID|PathLike|IntEnum|IntFlag|TypedDict)"),
    (
        "py:class",
        r"(collections|collections\.abc|typing|uuid|ipaddress|os|enum|types|contextlib)\..*",
    ),
    ("py:class", r"(bool|int|str|bytes|float|object|dict|list|tuple|set|frozenset|type|optional)"),
    ("py:class", r"(_\w+|OnRevert|OnError|ipif\._.*)"),
    ("py:class", r".* .*"),  # words of a docstring that look like a type
    ("py:exc", r"[A-Z]\w*"),
    ("py:.*", r"(json|logging|socket|threading|asyncio|pickle|ipaddress|uuid|pathlib)(\..*)?"),
]

suppress_warnings = ["ref.python"]  # "type" in a signature is not one of our attributes

# HTML
html_theme = "furo"
html_title = "ipif"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_static_path = ["_static"]
html_css_files = ["ipif.css"]
html_theme_options = {"navigation_with_keys": False}
templates_path: list[str] = []
copybutton_prompt_text = r"\$ |>>> |\.\.\. |PS> "
copybutton_prompt_is_regexp = True
