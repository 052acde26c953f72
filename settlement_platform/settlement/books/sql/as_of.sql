SELECT as_of FROM sp_v2_as_of
