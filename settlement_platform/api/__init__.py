"""FastAPI over V2: parse → metric → schema, one route file a tile. Needs nothing but V2."""
