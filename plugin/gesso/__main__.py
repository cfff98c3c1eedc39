"""The command `gesso`, also as `python -m gesso`: stopped while it loads, it says so as later."""

import sys


def main() -> int:
    try:
        from gesso import cli

        return cli.main()
    except KeyboardInterrupt:
        print("gesso: stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
