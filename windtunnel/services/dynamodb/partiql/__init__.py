"""PartiQL: statements parsed to what the other operations are made of.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""
