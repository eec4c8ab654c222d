"""
Documents as families and régisseurs get them: data in, the same bytes out, each kept once.

What a document says is prepared here, in words and amounts; templates/*.typ lay it out.
"""
