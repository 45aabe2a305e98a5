"""Command line: `python -m lrlib report shootout -p steps 800 -p n_seeds 16 --out DIR`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from lrlib import report


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 failed midway, 2 wrong arguments, 130 stopped."""
    parser = argparse.ArgumentParser(prog="python -m lrlib", description=report.__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("report", add_help=False, help="run a report with parameters")
    run.add_argument("name", nargs="?", help=f"one of {', '.join(report.names())}")
    run.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="given",
                     help="a parameter; repeat for each, and for each item of a list")  # fmt: skip
    run.add_argument("-f", metavar="FILE", dest="file", help="parameters from a YAML file; -p goes before it")
    run.add_argument("--out", metavar="DIR", help="folder for the report (default: build/reports/NAME)")
    run.add_argument("-h", "--help", action="store_true", help="list the parameters of a report")
    options = parser.parse_args(arguments)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.help or not options.name:
            run.print_help()
            if options.name:
                print("\n" + report.describe(options.name))
            return 0 if options.help else 2
        return _report(options)
    except report.ParameterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except report.ReportFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; an earlier report was left as it was", file=sys.stderr)
        return 130


def _report(options: argparse.Namespace) -> int:
    given = report.read_yaml(options.file) if options.file else {}
    from_line: dict[str, list[str]] = {}
    for name, value in options.given:
        from_line.setdefault(name, []).append(value)
    out = options.out or f"build/reports/{options.name}"
    found = report.run(options.name, {**given, **from_line}, out)
    if found.get("ranking"):
        print("    loss  difference to the reference, 95 %  verdict")
    for row in found.get("ranking", ()):
        interval = f"{row['difference']:+.4f} [{row['ci_low']:+.4f}, {row['ci_high']:+.4f}]"
        shown = interval if row["verdict"] != "reference" else ""
        verdict = f"{row['verdict']:12s}  peak {row['base_lr']:<8g} {row['schedule']}"
        print(f"{row['loss']:8.4f}  {shown:31s}  {verdict}")
    print(f"\n{out}/report.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
