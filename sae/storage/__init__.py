"""The bytes: offers, strategies, copies, write, verify, read.

The only room that imports boto3 and obstore.
"""
