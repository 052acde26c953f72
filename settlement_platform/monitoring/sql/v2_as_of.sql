-- Everything that the core committed before this instant is in V2 or in dead letters.
SELECT as_of FROM sp_v2_as_of WHERE as_of_id = 1
