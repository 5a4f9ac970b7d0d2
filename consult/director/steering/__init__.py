"""Steering by agreements: reports of partners, evidence, lights, and the steps when it goes wrong."""
