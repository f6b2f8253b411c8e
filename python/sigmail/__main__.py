"""``python -m sigmail`` is the ``sigmail`` command."""

from sigmail.commands import main

if __name__ == "__main__":
    main(prog_name="sigmail")
