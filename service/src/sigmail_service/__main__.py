"""`python -m sigmail_service` is `sigmail serve`."""

from sigmail_service.serve import serve

if __name__ == "__main__":
    serve(prog_name="sigmail serve")
