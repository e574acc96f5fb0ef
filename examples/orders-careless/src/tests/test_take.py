def test_something(): pass
