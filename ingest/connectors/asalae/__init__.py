"""The REST surface of as@lae 1.6, which every Pastell speaks, over the ordinary workflow.

Base address to give to the client: ``…/connecteurs/asalae/<number of the coffre>/restservices``.
Clients take exactly 200 for a success and show any other body to their agent: refusals are one
French sentence. They follow redirects and turn a POST into a GET: none is ever sent.
"""
