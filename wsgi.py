"""The WSGI entry point for servers other than `consult serve`."""

from consult.app import create_app

app = create_app()
