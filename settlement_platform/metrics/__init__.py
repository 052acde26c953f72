"""What each number on a tile means: SQLAlchemy Core over contracts, no engine, one file a tile."""
