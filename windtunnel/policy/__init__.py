"""
IAM decisions as a pure function: a request and the policies that bear on it in, a decision with its reason out.

    Request(principal, action, resource, context) ┐
    Policies(identity, resource, boundary, session) ┴─► decide ─► Decision: allowed? by which statement? or why not
"""
