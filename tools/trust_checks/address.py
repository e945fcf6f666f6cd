"""AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer find nothing in the suite."""

import subprocess

from environments import run

from trust_checks.builds import instrumented

FLAGS = ("-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g", "-O1")
TESTS = ("tests/native", "tests/core", "tests/sim")


def run_check(long: bool) -> int:
    """Run the suite, or in the short form what reaches the extension most."""
    python = instrumented("address", FLAGS)
    names = [f"-print-file-name={name}.so" for name in ("libasan", "libubsan")]
    libraries = [subprocess.check_output(["gcc", name], text=True).strip() for name in names]
    return run(
        python,
        "-m",
        "pytest",
        "-q",
        *(() if long else TESTS),
        LD_PRELOAD=" ".join(libraries),
        PYTHONMALLOC="malloc",
        ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1",
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1",
        IPIF_BACKEND="simulated",
    )
